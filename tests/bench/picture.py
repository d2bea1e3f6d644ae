# SPDX-License-Identifier: Apache-2.0
"""Two pictures of a run, as SVG."""

import math

from sample import bound

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720, 380, 64, 48, 40
COLOURS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd")


class Plot:
    """Axes in logarithms of x, lines on them."""

    def __init__(self, title, x_title, y_title, x_range, y_range, y_log=False):
        self.x0, self.x1 = (math.log10(v) for v in x_range)
        self.y_log = y_log
        self.y0, self.y1 = (self._y(v) for v in y_range)
        self.parts = [f'<text x="{WIDTH / 2}" y="20" text-anchor="middle" font-size="15">{title}</text>',
                      f'<text x="{WIDTH / 2}" y="{HEIGHT - 8}" text-anchor="middle">{x_title}</text>',
                      f'<text x="14" y="{HEIGHT / 2}" text-anchor="middle" '
                      f'transform="rotate(-90 14 {HEIGHT / 2})">{y_title}</text>']
        self.lines = 0

    def _y(self, value):
        return math.log10(value) if self.y_log else value

    def at(self, x, y):
        across = (math.log10(x) - self.x0) / (self.x1 - self.x0)
        up = (self._y(y) - self.y0) / (self.y1 - self.y0)
        return LEFT + across * (WIDTH - LEFT - 20), HEIGHT - BOTTOM - up * (HEIGHT - BOTTOM - TOP)

    def ticks(self, xs, ys):
        for x in xs:
            px, py = self.at(x, 10 ** self.y0 if self.y_log else self.y0)
            self.parts.append(f'<line x1="{px:.1f}" y1="{TOP}" x2="{px:.1f}" y2="{py:.1f}" stroke="#ddd"/>'
                              f'<text x="{px:.1f}" y="{py + 16:.1f}" text-anchor="middle">{x:,g}</text>')
        for y in ys:
            px, py = self.at(10 ** self.x0, y)
            self.parts.append(f'<line x1="{px:.1f}" y1="{py:.1f}" x2="{WIDTH - 20}" y2="{py:.1f}" stroke="#ddd"/>'
                              f'<text x="{px - 6:.1f}" y="{py + 4:.1f}" text-anchor="end">{y:g}</text>')

    def line(self, name, points, marks=False):
        colour = COLOURS[self.lines % len(COLOURS)]
        places = [self.at(x, y) for x, y in points]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        y = TOP + 14 + 16 * self.lines
        self.parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        if marks:
            self.parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        self.parts.append(f'<text x="{LEFT + 12}" y="{y}" fill="{colour}">{name}</text>')
        self.lines += 1

    def write(self, file):
        with open(file, "w") as f:
            f.write(f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
                    'font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>'
                    + "".join(self.parts) + "</svg>\n")


def _latency(run, file):
    """Share of packets that took longer, which shows the tail that averages hide."""
    p = Plot("Latency in the relay's process, one way", "µs", "share of packets that took longer",
             (0.5, 1000), (1e-5, 1), y_log=True)
    p.ticks((1, 2, 5, 10, 20, 50, 100, 200, 500), (1, 0.1, 0.01, 0.001, 0.0001, 0.00001))
    for name, buckets in run.histograms.items():
        total, above, points = sum(buckets), sum(buckets), []
        for i, n in enumerate(buckets):
            above -= n
            us = bound(i) * 1e6 / run.tsc_hz
            if n and 0.5 <= us <= 1000 and above / total >= 1e-5:
                points.append((us, above / total))
        p.line(name, points)
    p.write(file)


def _cost(run, file):
    top = max(cost for points in run.curves.values() for _, cost in points)
    top = math.ceil(top / 100) * 100
    p = Plot("The relay's own cycles a packet over sessions (channels both ways, 160 bytes)", "sessions",
             "TSC cycles a packet", (80, 130000), (0, top))
    p.ticks((100, 1000, 10000, 100000), range(0, top + 1, 50))
    for name, points in run.curves.items():
        if points:
            p.line(name, points, marks=True)
    p.write(file)


def draw(run, stem):
    if run.histograms:
        _latency(run, stem + "-latency.svg")
    if run.curves:
        _cost(run, stem + "-sessions.svg")
