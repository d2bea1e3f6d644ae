# SPDX-License-Identifier: Apache-2.0
"""The machine's own pauses: what a core that does nothing but read the clock sees, and what that does to a packet.

A packet is due at a random moment. If that is within a gap of g cycles it waits for the rest of it: of a time T,
sum(max(0, g - w)) / T is the share of packets that wait longer than w. Before a server that is busy for a share
`load` of the time, those that came meanwhile wait for one another as well: the wait falls by 1 - load a cycle and not
by 1, so 1 / (1 - load) times as many wait longer than w. That is the least that any server can do here."""

import json
import os
import subprocess

from daemon import TRIES, be_urgent
from kit.netns import die_with_parent
from kit.relay import BUILD
from sample import bound

PAUSE = os.path.join(BUILD, "tests/bench/pause")


class Pause:
    """Takes part in an alternation like a relay."""

    def __init__(self, name, core=1):
        self.name, self.core, self.tries = name, core, TRIES

    def resume(self):
        pass

    def halt(self):
        pass

    def once(self, seconds):
        process = subprocess.Popen([PAUSE, str(self.core), str(seconds)], stdout=subprocess.PIPE,
                                   preexec_fn=die_with_parent, start_new_session=True)
        be_urgent(process.pid)
        seen = json.loads(process.communicate(timeout=seconds + 10)[0])
        return {**seen, "disturbed": seen["waited_ns"] / seconds / 1e9}

    @staticmethod
    def merge(samples):
        """One sample of all rounds."""
        out = {"tsc_hz": samples[0]["tsc_hz"], "tsc": sum(s["tsc"] for s in samples),
               "disturbed_most": max(s["disturbed"] for s in samples)}
        for key in ("gaps", "cycles"):
            out[key] = [sum(column) for column in zip(*(s[key] for s in samples))]
        return out


def share_above(pauses, wait, load=0.0):
    """Of packets, those that wait for longer than so many cycles."""
    above = sum(cycles - n * wait for i, (n, cycles) in enumerate(zip(pauses["gaps"], pauses["cycles"]))
                if n and cycles > n * wait)
    return min(1.0, above / pauses["tsc"] / (1 - load))


def quantile_us(pauses, share, load=0.0):
    """What so many of the packets wait at most."""
    low, high = 0.0, float(bound(len(pauses["gaps"]) - 1))
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if share_above(pauses, middle, load) > 1 - share else (low, middle)
    return high * 1e6 / pauses["tsc_hz"]


def buckets(pauses, load=0.0):
    """A histogram of a million packets, to be drawn beside the relays'."""
    bounds = [0] + [bound(i) for i in range(len(pauses["gaps"]))]
    above = [share_above(pauses, b, load) for b in bounds]
    return [round((a - b) * 1e6) for a, b in zip(above, above[1:])]
