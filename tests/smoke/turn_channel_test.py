# SPDX-License-Identifier: Apache-2.0
"""ChannelBind and ChannelData (RFC 8656 section 12)."""

import struct

import pytest

from kit import stun
from kit.lab import PEER4, PEER6
from kit.turn_client import QUIET_S

WANT6 = (stun.FAMILY, stun.IP6)


def made(client, *attrs):
    c = client()
    assert c.allocate(*attrs).code == 0
    return c


def bound(client, peer, number=0x4000):
    c, p = made(client), peer()
    assert c.bind(number, p.address).code == 0
    return c, p


def number(n):
    return stun.CHANNEL_NUMBER, struct.pack("!HH", n, 0)


@pytest.mark.parametrize("n", [0x4000, 0x4001, 0x4FFF])
def test_both_ways(client, peer, n):
    c, p = bound(client, peer, n)
    c.channel_send(n, b"out")
    assert p.receive() == (b"out", c.relayed[0])
    p.send(c.relayed[0], b"in")
    assert c.receive() == (n, b"in")


@pytest.mark.parametrize("n", [0, 1, 0x3FFF, 0x5000, 0x7FFF, 0x8000, 0xFFFF])
def test_numbers_out_of_range(client, n, relay):
    if relay.name == "coturn" and n in (0x5000, 0x7FFF):
        pytest.skip("RFC 5766's range")
    assert made(client).bind(n, (PEER4, 9)).code == 400


@pytest.mark.parametrize("attrs,code", [
    pytest.param([number(0x4000)], 400, id="no peer"),
    pytest.param([(stun.PEER, stun.address(PEER4, 9))], 400, id="no number"),
    pytest.param([(stun.CHANNEL_NUMBER, b"\x40\0"), (stun.PEER, stun.address(PEER4, 9))], 400,
                 id="number of 2 bytes"),
    pytest.param([number(0x4000), (stun.PEER, b"\0\1\0\0")], 400, id="peer cut off"),
    pytest.param([number(0x4000), (stun.PEER, stun.address(PEER6, 9))], 443, id="other family"),
    pytest.param([number(0x4000), (stun.PEER, stun.address("10.0.0.1", 9))], 403, id="denied peer"),
    pytest.param([number(0x4000), (stun.PEER, stun.address(PEER4, 9)), (0x7001, b"")], 420,
                 id="unknown attribute"),
])
def test_refusals(client, attrs, code, relay):
    c = made(client)
    answer = c.request(stun.BIND, attrs)
    if relay.name == "coturn" and code == 403:
        pytest.skip("coturn allows private peers unless told")
    assert answer.code == code
    assert c.bind(0x4000, (PEER4, 9)).code == 0


def test_without_allocation(client):
    assert client().bind(0x4000, (PEER4, 9)).code == 437


def test_number_is_for_one_peer(client, peer):
    c, p = bound(client, peer)
    assert c.bind(0x4000, peer().address).code == 400
    c.channel_send(0x4000, b"still")
    assert p.receive() == (b"still", c.relayed[0])


def test_peer_has_one_number(client, peer):
    c, p = bound(client, peer)
    assert c.bind(0x4001, p.address).code == 400


def test_bound_again_is_prolonged(client, peer):
    c, p = bound(client, peer)
    assert c.bind(0x4000, p.address).code == 0


def test_two_channels_to_two_ports_of_a_peer(client, peer):
    c, p = bound(client, peer, 0x4000)
    q = peer()
    assert c.bind(0x4001, q.address).code == 0
    for n, who in ((0x4000, p), (0x4001, q)):
        c.channel_send(n, b"to %x" % n)
        assert who.receive()[0] == b"to %x" % n
        who.send(c.relayed[0], b"from %x" % n)
        assert c.receive() == (n, b"from %x" % n)


def test_channels_are_of_one_allocation(client, peer):
    c, p = bound(client, peer)
    d = made(client)
    d.channel_send(0x4000, b"not mine")
    assert p.receive(QUIET_S) is None


def test_binding_makes_a_permission(client, peer):
    c, p = bound(client, peer)
    other_port = peer()
    other_port.send(c.relayed[0], b"in")
    assert c.receive() == (other_port.address, b"in"), "a Data indication: that port has no channel"
    c.send(other_port.address, b"out")
    assert other_port.receive() == (b"out", c.relayed[0])


def test_send_to_a_peer_with_channel_works_too(client, peer):
    c, p = bound(client, peer)
    c.send(p.address, b"by indication")
    assert p.receive() == (b"by indication", c.relayed[0])


def test_unbound_number_is_dropped(client, peer, relay):
    c, p = bound(client, peer)
    c.channel_send(0x4ABC, b"x")
    assert p.receive(QUIET_S) is None
    assert relay.dropped("channel_unbound") >= 1


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 5, 160, 1200, 1400])
@pytest.mark.parametrize("padded", [False, True])
def test_sizes_and_padding(client, peer, size, padded):
    c, p = bound(client, peer)
    data = bytes(i * 7 & 0xFF for i in range(size))
    c.channel_send(0x4000, data + (b"\xee" * (-size % 4) if padded else b""), length=size)
    assert p.receive() == (data, c.relayed[0])
    p.send(c.relayed[0], data)
    assert c.receive() == (0x4000, data)


def test_what_follows_the_data_is_not_relayed(client, peer):
    c, p = bound(client, peer)
    c.channel_send(0x4000, b"data" + b"smuggled" * 9, length=4)
    got = p.receive()
    assert got is None or got[0] == b"data"


@pytest.mark.parametrize("raw", [
    pytest.param(b"\x40\0\0\5abcd", id="one byte short"),
    pytest.param(b"\x40\0\xff\xffabcd", id="length of 65535"),
    pytest.param(b"\x40\0\0", id="header cut off"),
    pytest.param(b"\x40", id="one byte"),
])
def test_malformed_is_dropped(client, peer, raw):
    c, p = bound(client, peer)
    c.send_raw(raw)
    assert p.receive(QUIET_S) is None
    c.channel_send(0x4000, b"good")
    assert p.receive() == (b"good", c.relayed[0])


@pytest.mark.parametrize("first", [0x50, 0x7F, 0x80, 0xC0, 0xFF, 0x14, 0x3F])
def test_neither_stun_nor_channel_is_dropped(client, peer, first):
    c, p = bound(client, peer)
    c.send_raw(bytes([first]) + b"\0\0\4abcd")
    assert p.receive(QUIET_S) is None and c.receive(0.01) is None


def test_ipv6_channel(client, peer):
    c, p = made(client, WANT6), peer(PEER6)
    assert c.bind(0x4000, p.address).code == 0
    c.channel_send(0x4000, b"out6")
    assert p.receive() == (b"out6", c.relayed[0])
    p.send(c.relayed[0], b"in6")
    assert c.receive() == (0x4000, b"in6")


def test_a_hundred_channels(client, lab):
    from kit.turn_client import Peer

    c = made(client)
    peers = [Peer(lab.peer, PEER4) for _ in range(100)]
    for i, p in enumerate(peers):
        assert c.bind(0x4000 + i, p.address).code == 0
    for i, p in enumerate(peers):
        c.channel_send(0x4000 + i, b"%d" % i)
        assert p.receive() == (b"%d" % i, c.relayed[0])
        p.sock.close()
