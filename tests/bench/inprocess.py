# SPDX-License-Identifier: Apache-2.0
"""The relay with a crowd on a port inside its own process: cycles that are the relay's alone."""

import contextlib

from daemon import Daemon, device
from row import row
from sample import alternate

IN_THE_AIR = 128  # packets that two looks at the counters may disagree by: a burst each

PATHS = {  # a client's words for each way through the relay
    "channel up": {"way": "up"},
    "channel down": {"way": "down"},
    "channel both": {"way": "both"},
    "channel both, IPv6": {"way": "both", "servers": 1, "server": "2001:2::1", "clients": "2001:2::1:0",
                           "peers": "2001:2::2:0"},
    "Send indications": {"way": "up", "mode": "indication"},
    "Data indications": {"way": "down", "mode": "indication"},
    "hairpin": {"way": "hairpin"},
}


@contextlib.contextmanager
def crowds(sides):
    """Relays for {name: load settings}, sessions bound, halted."""
    daemons = []
    try:
        for name, load in sides.items():
            d = Daemon(name, device(**load))
            daemons.append(d)
            d.start()
            d.wait_bound(load["sessions"])
            d.halt()
        yield daemons
    finally:
        for d in daemons:
            d.stop()


def compare(run, sides, others=()):
    """{name: sample} of sides, and of others that are no relays, that alternate; kept with the run."""
    with crowds(sides) as daemons:
        seen = alternate([*daemons, *others], run.rounds, run.seconds)
    for name, sample in seen.items():
        run.samples[name] = {**sample, "load": sides.get(name)}
        if name in sides:
            run.faults += _faults(name, sample)
    return seen


def _faults(name, sample):
    """What may not happen: of what the relay was given, each packet comes back once, whole, or has a reason."""
    if sample["wrong"] or sample["lost"]:
        yield f"{name}: {sample['wrong']} damaged or misdirected, {sample['lost']} lost; drops: {sample['drops']}"
    if sample["unaccounted"] > IN_THE_AIR:
        yield f"{name}: {sample['unaccounted']} packets were taken and neither sent, punted nor dropped"


def _steps(sample):
    return ", ".join(f"{name} {cycles:.0f}" for name, cycles in sample["steps"].items() if cycles >= 0.5)


def _cost(run, group, name, s, **target):
    run.add(row(group, f"{name}: relay's own cycles a packet", s["cycles"], "cycles", note=_steps(s), **target))


def paths(run):
    """Every way through the relay at 1,000 sessions and 160 bytes."""
    group = "In process, 1,000 sessions, 160 bytes (one worker)"
    seen = compare(run, {name: {"sessions": 1000, "payload": 160, **load} for name, load in PATHS.items()})
    hz = run.tsc_hz
    for name, s in seen.items():
        target = {"most": 150} if name == "channel both" else {}
        _cost(run, group, name, s, **target)
    both = seen["channel both"]
    run.add(row(group, "channel both: packets a second and core, the relay alone", hz / both["cycles"] / 1e6,
                "Mpps", least=15, note=f"{both['mpps']:.2f} Mpps with the crowd on the same core "
                f"({both['crowd_cycles']:.0f} cycles a packet)"))
    up, down = seen["channel up"], seen["channel down"]
    for name, base in (("Send indications", up), ("Data indications", down)):
        run.add(row(group, f"{name} / ChannelData", seen[name]["cycles"] / base["cycles"], "ratio", most=1.5))


def sessions(run):
    """Cost over the number of sessions, uniform and Zipf."""
    group = "In process, cost over sessions (channels both ways, 160 bytes)"
    counts = (100, 1000, 10000, 100000)
    sides = {f"{n:,} sessions, {kind}": {"sessions": n, "zipf": zipf, "way": "both"}
             for kind, zipf in (("uniform", 0), ("Zipf", 1)) for n in counts
             if not run.quick or (not zipf and n in (100, 100000)) or (zipf and n == 100000)}
    seen = compare(run, sides)
    for name, s in seen.items():
        _cost(run, group, name, s)
    for kind in ("uniform", "Zipf"):
        many, few = seen[f"100,000 sessions, {kind}"], seen.get(f"100 sessions, {kind}")
        few = few or seen["100 sessions, uniform"]
        run.add(row(group, f"cost with 100,000 sessions / with 100, {kind}", many["cycles"] / few["cycles"],
                    "ratio", most=1.5))
    run.curves = {kind: [(n, seen[f"{n:,} sessions, {kind}"]["cycles"]) for n in counts
                         if f"{n:,} sessions, {kind}" in seen] for kind in ("uniform", "Zipf")}


def payloads(run):
    group = "In process, cost over payload (channels both ways, 1,000 sessions)"
    seen = compare(run, {f"{size:,} bytes": {"sessions": 1000, "payload": size, "way": "both"}
                         for size in (60, 160, 1200)})
    for name, s in seen.items():
        _cost(run, group, name, s)


def two_workers(run):
    """Both cores are taken: the control lane and this script run beside the second worker."""
    group = "In process, two workers (control lane beside worker 0 on core 0)"
    load = {"sessions": 1000, "way": "both"}
    # A worker beside the control lane has to be one that sleeps; under load it does not.
    one = Daemon("1 worker", device(**load), idle="sleep")
    two = Daemon("2 workers", device(**load), workers=(0, 1), queues=2, idle="sleep")
    try:
        for d in (one, two):
            d.start()
            d.wait_bound(load["sessions"])
            d.halt()
        seen = alternate([one, two], run.rounds, run.seconds)
    finally:
        one.stop()
        two.stop()
    run.samples.update(seen)
    run.add(row(group, "packets a second: 2 workers / 1 worker", seen["2 workers"]["mpps"] /
                seen["1 worker"]["mpps"], "ratio", least=1.9,
                note=f"{seen['1 worker']['mpps']:.2f} and {seen['2 workers']['mpps']:.2f} Mpps, crowd included"))
