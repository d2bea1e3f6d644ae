# SPDX-License-Identifier: Apache-2.0
"""Bounds: allocations of a user (486), of all (508), bits per second."""

import hashlib
import hmac
import time
from base64 import b64encode

from kit import stun
from kit.lab import PEER4

CONFIG = {"turn": {"limits": {"allocations": 8, "allocations_per_user": 3, "bits_per_second": 800000}}}
PAIR = (stun.EVEN_PORT, b"\x80")


def timed(name):
    user = f"{int(time.time()) + 60}:{name}"
    return user, b64encode(hmac.new(b"s3cret", user.encode(), hashlib.sha1).digest()).decode()


def test_fourth_allocation_of_a_user(client):
    for _ in range(3):
        assert client().allocate().code == 0
    assert client().allocate().code == 486


def test_other_users_are_not_concerned(client):
    for _ in range(3):
        assert client().allocate().code == 0
    assert client(user="bob", password="hunter2").allocate().code == 0


def test_room_comes_back(client):
    many = [client() for _ in range(3)]
    for c in many:
        assert c.allocate().code == 0
    late = client()
    assert late.allocate().code == 486
    many[0].refresh(0)
    assert late.allocate().code == 0


def test_refusals_take_no_room(client):
    many = [client() for _ in range(3)]
    for c in many:
        c.allocate()
    for _ in range(5):
        assert client().allocate().code == 486
    many[0].refresh(0)
    assert client().allocate().code == 0


def test_retransmission_counts_once(client):
    c = client()
    raw = c.encode(stun.ALLOCATE, [(stun.TRANSPORT, stun.UDP)])
    for _ in range(5):
        c.relayed = c.exchange(raw).relayed
    assert client().allocate().code == 0 and client().allocate().code == 0
    assert client().allocate().code == 486


def test_bound_of_all(client, relay):
    made = 0
    for name in ("u1", "u2", "u3"):
        user, password = timed(name)
        for _ in range(3):
            code = client(user=user, password=password).allocate().code
            made += code == 0
    assert made == 8 and code == 508
    assert relay.call("node.status")["turn"] == {"allocations": 8, "allocations_max": 8}


def test_existing_ones_go_on_when_full(client, peer):
    many = []
    for name in ("u1", "u2", "u3"):
        user, password = timed(name)
        for _ in range(3):
            many.append(client(user=user, password=password))
            many[-1].allocate()
    first, p = many[0], peer()
    assert first.refresh().code == 0 and first.permit(PEER4).code == 0
    first.send(p.address, b"x")
    assert p.receive() == (b"x", first.relayed[0])


def test_bits_per_second(client, peer, relay):
    """800 kbit/s: of 400 packets of 1000 bytes at once a quarter of a second's worth passes, and some."""
    c, p = client(), peer()
    c.allocate()
    c.bind(0x4000, p.address)
    before = relay.dropped("over_rate")
    for _ in range(400):
        c.channel_send(0x4000, b"r" * 1000)
    passed = 0
    while p.receive(0.2):
        passed += 1
    dropped = relay.dropped("over_rate") - before
    assert 20 <= passed <= 60, passed
    assert passed + dropped == 400
    time.sleep(0.3)
    c.channel_send(0x4000, b"later")
    assert p.receive()[0] == b"later"


def test_rate_is_of_one_allocation(client, peer):
    a, b, p = client(), client(), peer()
    for c in (a, b):
        c.allocate()
        c.bind(0x4000, p.address)
    for _ in range(100):
        a.channel_send(0x4000, b"r" * 1000)
    while p.receive(0.1):
        pass
    b.channel_send(0x4000, b"mine")
    assert p.receive() == (b"mine", b.relayed[0])
