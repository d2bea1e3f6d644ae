# SPDX-License-Identifier: Apache-2.0
"""Latency under load: one way, from when a frame was due to when the relay sent it on."""

from inprocess import compare
from row import row

SHARES = (0.5, 0.8)
BASE = {"sessions": 1000, "payload": 160, "way": "both"}
FLOOD = {**BASE, "rubbish": 75}
STORM = 10000


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
    seen = compare(run, sides)
    _rows(run, seen)
    run.histograms = {name: s["buckets"] for name, s in seen.items()}


def _rows(run, seen):
    group = "In process, latency (one way, due to sent; 1,000 sessions, channels both ways)"
    targets = {"p50": 5, "p99": 20, "p99_9": 100}
    base = seen["80 % load"]
    for name, s in seen.items():
        for key, most in targets.items():
            target = {"most": most} if name == "80 % load" else {}
            run.add(row(group, f"{name}: {key.replace('_', '.')}", s[f"{key}_us"], "µs", **target))
    for what in ("storm", "flood"):
        s = seen[f"80 % load, {what}"]
        for key in targets:
            run.add(row(group, f"{key.replace('_', '.')} under the {what} / without",
                        s[f"{key}_us"] / base[f"{key}_us"], "ratio", most=1.2))
        run.add(row(group, f"lost of known sessions under the {what}", s["lost"], "packets", most=0,
                    note=f"of {s['sent']:,}; without: {base['lost']} of {base['sent']:,}"))
    run.add(row(group, "allocations made and deleted a second in the storm",
                seen["80 % load, storm"]["allocated_per_s"], "1/s", least=0.95 * STORM))
