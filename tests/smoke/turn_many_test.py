# SPDX-License-Identifier: Apache-2.0
"""10,000 allocations made and ended: nothing stays. (The sanitized run of this suite also ends with
LeakSanitizer's word, by the relay's exit code.)"""

import os

from kit import stun
from kit.lab import PEER4

COUNT, AT_ONCE = 10000, 50


def resident_kb(pid):
    with open(f"/proc/{pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))


def cycle(clients):
    """Each client makes an allocation with a permission and ends it."""
    for c in clients:
        assert c.exchange(c.encode(stun.ALLOCATE, [(stun.TRANSPORT, stun.UDP)])).code == 0
    for c in clients:
        assert c.exchange(c.encode(stun.PERMIT, [(stun.PEER, stun.address(PEER4, 0))])).code == 0
    for c in clients:
        assert c.exchange(c.encode(stun.REFRESH, [(stun.LIFETIME, bytes(4))])).code == 0


def test_ten_thousand(client, relay):
    clients = [client() for _ in range(AT_ONCE)]
    for _ in range(20):
        cycle(clients)
    warm = resident_kb(relay.process.pid)
    for _ in range(COUNT // AT_ONCE - 20):
        cycle(clients)
    assert relay.call("node.status")["turn"]["allocations"] == 0
    assert relay.metric("turnpike_turn_requests_total", method="allocate", code="200") >= COUNT
    if "TURNPIKE_BUILD" not in os.environ:  # sanitizers keep what was freed for a while
        assert resident_kb(relay.process.pid) - warm < 2048
