# SPDX-License-Identifier: Apache-2.0
"""Requests that come twice (RFC 8489 section 6.3.1): the same answer, the effect once."""

import pytest

from kit import stun
from kit.lab import PEER4

ALLOCATE = [(stun.TRANSPORT, stun.UDP)]


@pytest.mark.parametrize("style", ["md5", "sha256"])
def test_allocate(client, relay, style):
    c = client(style=style)
    raw = c.encode(stun.ALLOCATE, ALLOCATE)
    first, second, third = (c.exchange(raw) for _ in range(3))
    c.relayed = first.relayed
    assert first.code == 0 and first.raw == second.raw == third.raw


def test_allocate_with_reservation(client):
    c = client()
    raw = c.encode(stun.ALLOCATE, ALLOCATE + [(stun.EVEN_PORT, b"\x80")])
    first, second = c.exchange(raw), c.exchange(raw)
    c.relayed = first.relayed
    assert first.get(stun.TOKEN) == second.get(stun.TOKEN) and first.relayed == second.relayed


def test_two_families(client, relay):
    if relay.name == "coturn":
        pytest.skip("coturn gave one address")
    c = client()
    raw = c.encode(stun.ALLOCATE, ALLOCATE + [(stun.ADDITIONAL_FAMILY, stun.IP6)])
    first, second = c.exchange(raw), c.exchange(raw)
    c.relayed = first.relayed
    assert len(first.relayed) == 2 and first.relayed == second.relayed


def test_many_copies_at_once_make_one_allocation(client, relay):
    c = client()
    raw = c.encode(stun.ALLOCATE, ALLOCATE)
    for _ in range(10):
        c.send_raw(raw)
    answers = [stun.Message(c.receive_raw()) for _ in range(10)]
    c.relayed = answers[0].relayed
    assert {tuple(a.relayed) for a in answers} == {tuple(c.relayed)}
    mine = [a for a in relay.call("turn.list")["allocations"] if a["client"] == "%s:%d" % c.address]
    assert len(mine) == 1


def test_another_transaction_is_another_request(client):
    c = client()
    c.allocate()
    assert c.request(stun.ALLOCATE, ALLOCATE).code == 437


def test_same_transaction_by_another_user(client):
    c = client()
    tid = b"same-tid-twc"
    c.allocate(tid=tid)
    c.user, c.password = "bob", "hunter2"
    assert c.request(stun.ALLOCATE, ALLOCATE, tid=tid).code in (437, 441)
    c.user, c.password = "alice", "secret"


def test_refresh(client):
    c = client()
    c.allocate()
    raw = c.encode(stun.REFRESH, [(stun.LIFETIME, (900).to_bytes(4, "big"))])
    assert [c.exchange(raw).lifetime for _ in range(3)] == [900] * 3


def test_delete(client):
    c = client()
    c.allocate()
    raw = c.encode(stun.REFRESH, [(stun.LIFETIME, bytes(4))])
    assert c.exchange(raw).code == 0
    c.relayed = []
    assert c.exchange(raw).code in (0, 437)
    assert c.allocate().code == 0


def test_permission(client, peer):
    c, p = client(), peer()
    c.allocate()
    raw = c.encode(stun.PERMIT, [(stun.PEER, stun.address(PEER4, 0))])
    assert [c.exchange(raw).code for _ in range(3)] == [0] * 3
    p.send(c.relayed[0], b"x")
    assert c.receive() == (p.address, b"x")
    assert c.receive(0.05) is None


def test_channel(client, peer):
    c, p = client(), peer()
    c.allocate()
    raw = c.encode(stun.BIND, [(stun.CHANNEL_NUMBER, b"\x40\0\0\0"), (stun.PEER, stun.address(*p.address))])
    assert [c.exchange(raw).code for _ in range(3)] == [0] * 3
    c.channel_send(0x4000, b"once")
    assert p.receive() == (b"once", c.relayed[0])
    assert p.receive(0.05) is None


def test_old_request_after_the_end_makes_nothing_new(client, relay):
    """A copy of the Allocate that was under way while the allocation ended is a new request to the
    relay; what it makes is under the same user's quota and can be refreshed."""
    c = client()
    raw = c.encode(stun.ALLOCATE, ALLOCATE)
    c.relayed = c.exchange(raw).relayed
    assert c.refresh(0).code == 0
    late = c.exchange(raw)
    assert late.code in (0, 437, 438)
    if late.code == 0:
        c.relayed = late.relayed
        assert c.refresh().code == 0


def test_answers_differ_between_clients(client):
    """The same bytes from two addresses: the nonce binds the first only."""
    a = client()
    raw = a.encode(stun.ALLOCATE, ALLOCATE)
    a.relayed = a.exchange(raw).relayed
    b = client(bind=("198.18.64.3", 0))
    assert b.exchange(raw).code == 438
