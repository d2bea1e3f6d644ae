# SPDX-License-Identifier: Apache-2.0
"""What a crowd and a relay did between two looks at their counters."""

import collections
import functools
import statistics
import time

DISTURBED = 2e-4  # share of the time that a worker may wait for its core
LOAD = ("sent", "received", "missed", "lost", "reordered", "damaged", "misdirected", "refused", "rubbish", "allocated",
        "generate_cycles", "check_cycles", "tsc")


def bound(bucket):
    """The least cycles behind a bucket (lib/metric/latency.c)."""
    if bucket < 8:
        return bucket + 1
    octave, step = bucket // 8 + 2, bucket % 8 + 1
    return (1 << octave) + (step << (octave - 3))


def quantile(buckets, share):
    """In cycles; 0 without samples."""
    total, below = sum(buckets), 0
    for i, n in enumerate(buckets):
        below += n
        if total and below >= share * total:
            return bound(i)
    return 0


def look(daemon):
    steps = daemon.call("stats.steps")["workers"]
    return {"load": daemon.load(), "workers": steps, "drops": daemon.call("stats.drops")}


def _steps(before, after):
    """Cycles and packets of each step, all workers together."""
    out = {}
    for a, b in zip(before["workers"], after["workers"]):
        for x, y in zip(a["steps"], b["steps"]):
            cycles, packets = out.get(x["step"], (0, 0))
            out[x["step"]] = (cycles + y["cycles"] - x["cycles"], packets + y["packets"] - x["packets"])
    return out


def _drops(before, after):
    """What the relay dropped, by reason, and what it took and cannot account for: at most a burst in the air."""
    out = {}
    for a, b in zip(before["workers"], after["workers"]):
        for reason, n in b["drops"].items():
            out[reason] = out.get(reason, 0) + n - a["drops"][reason]
    for reason, n in after["control"].items():
        out[f"control: {reason}"] = n - before["control"][reason]
    return {reason: n for reason, n in out.items() if n}, after["total"]["balance"] - before["total"]["balance"]


def difference(before, after):
    """One sample: rates, the relay's own cycles a packet, latency, what went wrong."""
    a, b = before["load"], after["load"]
    d = {key: b[key] - a[key] for key in LOAD}
    hz, heard = b["tsc_hz"], max(d["received"], 1)
    crowd = d["generate_cycles"] + d["check_cycles"]
    busy = sum(y["cycles_busy"] - x["cycles_busy"] for x, y in zip(before["workers"], after["workers"]))
    steps = _steps(before, after)
    own = {name: cycles for name, (cycles, _) in steps.items()}
    own["rx"] -= d["generate_cycles"]
    own["tx"] -= d["check_cycles"]
    buckets = [y - x for x, y in zip(a["latency_buckets"], b["latency_buckets"])]
    us = 1e6 / hz
    drops, unaccounted = _drops(before["drops"], after["drops"])
    return {
        "mpps": d["received"] / d["tsc"] * hz / 1e6,
        "cycles": (busy - crowd) / heard,
        "crowd_cycles": crowd / heard,
        "steps": {name: cycles / heard for name, cycles in own.items()},
        "p50_us": quantile(buckets, 0.5) * us, "p99_us": quantile(buckets, 0.99) * us,
        "p99_9_us": quantile(buckets, 0.999) * us, "buckets": buckets,
        # What is in the air at a look is neither heard nor lost.
        "lost": max(0, d["lost"] - d["reordered"]), "sent": d["sent"], "rubbish": d["rubbish"],
        "missed": d["missed"], "drops": drops, "unaccounted": abs(unaccounted),
        "wrong": d["damaged"] + d["misdirected"], "refused": d["refused"],
        "allocated_per_s": d["allocated"] / d["tsc"] * hz,
    }


def _once(daemon, seconds):
    waited = daemon.waited_ns()
    before = look(daemon)
    time.sleep(seconds)
    after = look(daemon)
    return {**difference(before, after), "disturbed": (daemon.waited_ns() - waited) / seconds / 1e9}


def take(daemon, seconds, settle=0.05):
    """Lets a halted daemon run for a moment, and measures it: again while others take the worker's core."""
    once = getattr(daemon, "once", None) or functools.partial(_once, daemon)
    daemon.resume()
    time.sleep(settle)
    tries = []
    while len(tries) < daemon.tries and (not tries or tries[-1]["disturbed"] > DISTURBED):
        tries.append(once(seconds))
    daemon.halt()
    return min(tries, key=lambda s: s["disturbed"])


def merge(samples):
    """Medians of numbers; sums of what must not happen and of histograms."""
    out = {}
    for key, first in samples[0].items():
        values = [s[key] for s in samples]
        if key == "steps":
            out[key] = {name: statistics.median(v[name] for v in values) for name in first}
        elif key == "buckets":
            out[key] = [sum(column) for column in zip(*values)]
        elif key == "drops":
            out[key] = dict(sum((collections.Counter(v) for v in values), collections.Counter()))
        elif key in ("lost", "missed", "wrong", "refused", "sent", "rubbish"):
            out[key] = sum(values)
        else:
            out[key] = statistics.median(values)
    return out


def _side(samples):
    return {**merge(samples), "rounds": [round(s["cycles"], 2) for s in samples],
            "disturbed_most": max(s["disturbed"] for s in samples)}


def alternate(daemons, rounds, seconds, settle=0.05):
    """Samples of all, round by round; the first round is thrown away."""
    seen = {d.name: [] for d in daemons}
    for turn in range(rounds + 1):
        for d in daemons:
            s = take(d, seconds, settle)
            if turn:
                seen[d.name].append(s)
    return {d.name: d.merge(seen[d.name]) if hasattr(d, "merge") else _side(seen[d.name]) for d in daemons}
