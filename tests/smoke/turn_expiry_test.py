# SPDX-License-Identifier: Apache-2.0
"""What ends by itself. Lifetimes are set to some seconds; each test waits for several ends at once."""

import time

import pytest

from kit import stun
from kit.lab import PEER4
from kit.turn_client import QUIET_S

CONFIG = {"turn": {"lifetimes": {"default": 2, "maximum": 6, "permission": 2, "channel": 3}}}


def made(client, lifetime=None):
    c = client()
    attrs = [] if lifetime is None else [(stun.LIFETIME, lifetime.to_bytes(4, "big"))]
    assert c.allocate(*attrs).code == 0
    return c


def test_lifetimes_come_from_the_configuration(client):
    c = made(client)
    assert c.refresh().lifetime == 2 and c.refresh(1000).lifetime == 6


def test_allocation_ends(client, peer, relay):
    c, kept, p = made(client), made(client), peer()
    for one in (c, kept):
        one.permit(PEER4)
    assert kept.refresh(6).lifetime == 6
    relayed = c.relayed[0]
    time.sleep(2.4)
    p.send(relayed, b"late")
    assert c.receive(QUIET_S) is None
    assert c.refresh().code == 437
    c.relayed = []
    assert [a["relays"] for a in relay.call("turn.list")["allocations"]] == ["%s:%d" % kept.relayed[0]] or \
        relay.call("turn.list")["allocations"][0]["relays"] == ["%s:%d" % kept.relayed[0]]
    assert c.allocate().code == 0, "the 5-tuple is free again"


def test_traffic_does_not_prolong_an_allocation(client, peer):
    c, p = made(client), peer()
    c.permit(PEER4)
    end = time.monotonic() + 2.4
    while time.monotonic() < end:
        c.send(p.address, b"x")
        time.sleep(0.1)
    while p.receive(0.01):
        pass
    c.send(p.address, b"late")
    assert p.receive(QUIET_S) is None
    c.relayed = []


def test_refresh_keeps_it(client, peer):
    c, p = made(client), peer()
    for _ in range(4):
        time.sleep(0.8)
        assert c.refresh().code == 0
    assert c.permit(PEER4).code == 0
    p.send(c.relayed[0], b"still")
    assert c.receive() == (p.address, b"still")


def test_permission_ends_while_its_allocation_lives(client, peer):
    c, p = made(client, 6), peer()
    c.permit(PEER4)
    time.sleep(1)
    p.send(c.relayed[0], b"in time")
    assert c.receive() == (p.address, b"in time")
    time.sleep(1.4)
    p.send(c.relayed[0], b"late")
    c.send(p.address, b"late")
    assert c.receive(QUIET_S) is None and p.receive(0.01) is None
    assert c.permit(PEER4).code == 0
    p.send(c.relayed[0], b"again")
    assert c.receive() == (p.address, b"again")


def test_permission_is_prolonged_by_asking_again(client, peer):
    c, p = made(client, 6), peer()
    for _ in range(3):
        assert c.permit(PEER4).code == 0
        time.sleep(1.1)
    p.send(c.relayed[0], b"still")
    assert c.receive() == (p.address, b"still")


def test_traffic_does_not_prolong_a_permission(client, peer):
    c, p = made(client, 6), peer()
    c.permit(PEER4)
    end = time.monotonic() + 2.4
    while time.monotonic() < end:
        c.send(p.address, b"x")
        time.sleep(0.1)
    while p.receive(0.01):
        pass
    c.send(p.address, b"late")
    assert p.receive(QUIET_S) is None


def test_channel_outlives_the_permission_it_made(client, peer):
    """Then the peer is not heard until a permission is made again; the number is still its own."""
    c, p = made(client, 6), peer()
    assert c.bind(0x4001, p.address).code == 0
    time.sleep(2.3)
    p.send(c.relayed[0], b"no permission")
    assert c.receive(QUIET_S) is None
    assert c.permit(PEER4).code == 0
    p.send(c.relayed[0], b"permission")
    assert c.receive() == (0x4001, b"permission")


def test_channel_ends(client, peer):
    c, p, other = made(client, 6), peer(), peer()
    assert c.bind(0x4001, p.address).code == 0
    time.sleep(2)
    assert c.permit(PEER4).code == 0
    time.sleep(1.3)
    c.channel_send(0x4001, b"late")
    assert p.receive(QUIET_S) is None
    p.send(c.relayed[0], b"as indication")
    assert c.receive() == (p.address, b"as indication")
    assert c.bind(0x4001, other.address).code == 0, "the number is free again"


def test_deleted_by_the_operator(client, peer, relay):
    c, p = made(client, 6), peer()
    c.permit(PEER4)
    rows = relay.call("turn.list")["allocations"]
    mine = next(a for a in rows if a["client"] == "%s:%d" % c.address)
    assert relay.call("turn.delete", id=mine["id"]) == {"deleted": mine["id"]}
    p.send(c.relayed[0], b"x")
    assert c.receive(QUIET_S) is None
    assert c.refresh().code == 437
    c.relayed = []


def test_reservation_ends_with_its_30_seconds_or_is_taken(client):
    c = client()
    first = c.allocate((stun.EVEN_PORT, b"\x80"))
    time.sleep(2.4)
    c.relayed = []
    taken = client().allocate((stun.TOKEN, first.get(stun.TOKEN)))
    assert taken.code == 0, "a reservation outlives the allocation that made it"


@pytest.mark.parametrize("count", [60])
def test_many_end_together(client, relay, count):
    many = [made(client) for _ in range(count)]
    assert relay.call("node.status")["turn"]["allocations"] >= count
    time.sleep(2.5)
    assert relay.call("node.status")["turn"]["allocations"] == 0
    for c in many:
        c.relayed = []
