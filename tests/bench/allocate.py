# SPDX-License-Identifier: Apache-2.0
"""Allocations: how many a second, what one costs in memory, and a million of them."""

import statistics
import time

from daemon import Daemon, device
from row import row
from sample import take

GROUP = "Allocations (authenticated, end to end; client and relay in one process)"
CROWD_BYTES = 32 + 48 + 4  # of a session in the crowd, which is in the same process


def _climb(d, sessions):
    """Allocations a second between a tenth and nine tenths of the set-up, and how long all of it took."""
    began, marks = time.monotonic(), []
    while True:
        load = d.load()
        if sessions / 10 <= load["allocated"] <= sessions * 9 / 10:
            marks.append((load["tsc"], load["allocated"]))
        if load["bound"] >= sessions:
            break
        time.sleep(0.02)
    (first, low), (last, high) = marks[0], marks[-1]
    return (high - low) / (last - first) * load["tsc_hz"], time.monotonic() - began


def rate(run):
    """Set-up of many sessions: challenge, Allocate, ChannelBind each."""
    sessions, rates = 100000, []
    for _ in range(run.rounds):
        d = Daemon("set-up", device(sessions=sessions), megabytes=192)
        try:
            rates.append(_climb(d.start(), sessions)[0])
        finally:
            d.stop()
    run.add(row(GROUP, "allocations a second: challenge, Allocate, ChannelBind", statistics.median(rates), "1/s",
                least=50000, note="rounds " + ", ".join(f"{r:,.0f}" for r in rates)))


def churn(run):
    """Made and deleted again as fast as answered, nonce at hand."""
    d = Daemon("churn", device(sessions=100, pps=1000, churn=1000000))
    try:
        d.start()
        d.wait_bound(100)
        d.halt()
        seen = [take(d, run.seconds) for _ in range(run.rounds + 1)][1:]
    finally:
        d.stop()
    run.add(row(GROUP, "allocations a second: Allocate, Refresh with lifetime 0",
                statistics.median(s["allocated_per_s"] for s in seen), "1/s"))


def _halves(sessions):
    """Two ports, since a million relayed ports take more addresses than one port may have."""
    servers = 1 + sessions // 110000
    for i in (0, 1):
        net = f"198.{18 + i}"
        yield device(sessions=sessions // 2, servers=servers, pps=1000, server=f"{net}.0.1",
                     clients=f"{net}.16.0", peers=f"{net}.64.0").replace("load0", f"load{i}")


def memory(run):
    """Ordinary pages, of which only those count that were touched."""
    sessions = 100000 if run.quick else 1000000
    d = Daemon("memory", *_halves(sessions), hugepages=False, megabytes=320 + sessions // 1000,
               allocations=sessions, servers=1 + sessions // 110000)
    try:
        d.start()
        empty = d.memory_bytes()
        _, seconds = _climb(d, sessions)
        full = d.memory_bytes()
    finally:
        d.stop()
    each = (full - empty) / sessions - CROWD_BYTES
    run.add(row(GROUP, f"memory of an allocation with permission and channel ({sessions:,} alive)", each, "bytes"))
    run.add(row(GROUP, f"memory of {sessions:,} allocations", each * sessions / 2**30, "GiB", most=1,
                note=f"the process before them: {empty / 2**30:.2f} GiB, packet buffers most of it"))
    run.add(row(GROUP, f"time to make {sessions:,}", seconds, "s"))
