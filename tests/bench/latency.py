# SPDX-License-Identifier: Apache-2.0
"""Latency under load: one way, from when a frame was due to when the relay sent it on."""

import pause
from inprocess import compare
from row import row

SHARES = (0.5, 0.8)
BASE = {"sessions": 1000, "payload": 160, "way": "both"}
FLOOD = {**BASE, "rubbish": 75}
STORM = 10000
IDLE = "an idle core's own pauses"
TARGETS = {"p50": (0.5, 5), "p99": (0.99, 20), "p99_9": (0.999, 100)}
GROUP = "In process, latency (one way, due to sent; 1,000 sessions, channels both ways)"


def measure(run):
    """First the most that each mix can do, then the shares of it: the crowd, on the same core, pays for
    storm and flood too, so equal shares and not equal rates are what compares."""
    most = compare(run, {"all it can": BASE, "all it can, storm": {**BASE, "churn": STORM},
                         "all it can, flood": FLOOD})
    good, stormed, flooded = (s["mpps"] * 1e6 for s in most.values())
    flooded *= 4
    sides = {
        "50 % load": {**BASE, "pps": int(good * 0.5)},
        "80 % load": {**BASE, "pps": int(good * 0.8)},
        "80 % load, storm": {**BASE, "pps": int(stormed * 0.8), "churn": STORM},
        "80 % load, flood": {**FLOOD, "pps": int(flooded * 0.8)},
    }
    seen = compare(run, sides, [pause.Pause(IDLE)])
    pauses = seen.pop(IDLE)
    _rows(run, seen)
    _pauses(run, seen, pauses)
    run.histograms = {name: s["buckets"] for name, s in seen.items()}
    run.histograms["pauses alone, 80 % load"] = pause.buckets(pauses, 0.8)


def _rows(run, seen):
    base = seen["80 % load"]
    for name, s in seen.items():
        for key, (_, most) in TARGETS.items():
            target = {"most": most} if name == "80 % load" else {}
            run.add(row(GROUP, f"{name}: {key.replace('_', '.')}", s[f"{key}_us"], "µs", **target))
    for what in ("storm", "flood"):
        s = seen[f"80 % load, {what}"]
        for key in TARGETS:
            run.add(row(GROUP, f"{key.replace('_', '.')} under the {what} / without",
                        s[f"{key}_us"] / base[f"{key}_us"], "ratio", most=1.2))
    for name, s in seen.items():
        _losses(run, name, s)
    run.add(row(GROUP, "allocations made and deleted a second in the storm",
                seen["80 % load, storm"]["allocated_per_s"], "1/s", least=0.95 * STORM))


def _losses(run, name, s):
    """Numbers of known sessions that did not come back are the relay's; what it was not offered has none."""
    drops = ", ".join(f"{reason} {n:,}" for reason, n in s["drops"].items())
    run.add(row(GROUP, f"{name}: lost by the relay", s["lost"], "packets", most=0,
                note=f"of {s['sent']:,} of known sessions; dropped: {drops or 'nothing'}"))
    run.add(row(GROUP, f"{name}: not offered, machine paused", s["missed"], "packets",
                note="due while the core stood still, beyond a queue of 2,048"))


def _pauses(run, seen, pauses):
    """Which part is the machine's: it stands still at times, and no relay could have sent then."""
    base = seen["80 % load"]
    for key, (share, _) in TARGETS.items():
        name = key.replace("_", ".")
        floor = pause.quantile_us(pauses, share, 0.8)
        run.add(row(GROUP, f"{IDLE}: {name}", pause.quantile_us(pauses, share), "µs"))
        run.add(row(GROUP, f"the same before a perfect server at 80 % load: {name}", floor, "µs"))
        run.add(row(GROUP, f"80 % load: {name} less that", max(0, base[f"{key}_us"] - floor), "µs"))
