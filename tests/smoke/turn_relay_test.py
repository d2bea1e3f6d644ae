# SPDX-License-Identifier: Apache-2.0
"""Data through the relay: every mode and pair of families, headers as RFC 8656 sections 14 and 15 say."""

import socket
import struct

import pytest

from kit import stun, wire
from kit.lab import CLIENT4, PEER4, PEER6, RELAY4, RELAY6
from kit.turn_client import QUIET_S

SERVERS = pytest.mark.parametrize("server", [RELAY4, RELAY6], ids=["from IPv4", "from IPv6"])
PEERS = pytest.mark.parametrize("to", [PEER4, PEER6], ids=["to IPv4", "to IPv6"])
MODES = pytest.mark.parametrize("mode", ["channel", "send"])
CHANNEL = 0x4123
EF = 46


class Call:
    """A client with an allocation and a peer that may speak to each other."""

    def __init__(self, client, peer, server=RELAY4, to=PEER4, mode="channel"):
        self.mode, self.peer, self.client = mode, peer(to), client(server=server)
        family = stun.IP6 if ":" in to else stun.IP4
        assert self.client.allocate((stun.FAMILY, family)).code == 0
        self.relayed = self.client.relayed[0]
        if mode == "channel":
            assert self.client.bind(CHANNEL, self.peer.address).code == 0
        else:
            assert self.client.permit(to).code == 0

    def out(self, data, *attrs):
        if self.mode == "channel":
            self.client.channel_send(CHANNEL, data)
        else:
            self.client.send(self.peer.address, data, *attrs)

    def back(self, data):
        self.peer.send(self.relayed, data)

    def label(self):
        return CHANNEL if self.mode == "channel" else self.peer.address


def is_udp(port):
    return lambda f: f.proto == wire.UDP and f.dport == port


@SERVERS
@PEERS
@MODES
@pytest.mark.parametrize("size", [0, 1, 2, 3, 160, 1201])
def test_both_ways(client, peer, server, to, mode, size):
    call = Call(client, peer, server, to, mode)
    data = bytes((i * 31 + size) & 0xFF for i in range(size))
    call.out(data)
    assert call.peer.receive() == (data, call.relayed)
    call.back(data)
    assert call.client.receive() == (call.label(), data)


@SERVERS
@PEERS
@MODES
def test_a_burst_arrives_whole_and_in_order(client, peer, server, to, mode):
    call = Call(client, peer, server, to, mode)
    for i in range(60):
        call.out(b"%d" % i)
    assert [call.peer.receive()[0] for _ in range(60)] == [b"%d" % i for i in range(60)]
    for i in range(60):
        call.back(b"%d" % i)
    assert [call.client.receive()[1] for _ in range(60)] == [b"%d" % i for i in range(60)]


@SERVERS
@PEERS
@MODES
def test_checksums_on_the_wire(client, peer, lab, server, to, mode):
    call = Call(client, peer, server, to, mode)
    with wire.Wire(lab.peer) as at_peer, wire.Wire(lab.client) as at_client:
        for size in (1, 2, 5, 64, 1001):
            call.out(b"\xa5" * size)
            f = at_peer.catch(is_udp(call.peer.address[1]))
            assert f.udp_ok and f.udp_sum and f.ip_ok and f.data == b"\xa5" * size
            call.back(b"\x5a" * size)
            f = at_client.catch(is_udp(call.client.address[1]))
            assert f.udp_ok and f.udp_sum and f.ip_ok


def set_header(sock, tos=None, ttl=None):
    six = sock.family == socket.AF_INET6
    if tos is not None:
        sock.setsockopt(*((socket.IPPROTO_IPV6, socket.IPV6_TCLASS) if six else
                          (socket.IPPROTO_IP, socket.IP_TOS)), tos)
    if ttl is not None:
        sock.setsockopt(*((socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS) if six else
                          (socket.IPPROTO_IP, socket.IP_TTL)), ttl)


@SERVERS
@PEERS
@MODES
@pytest.mark.parametrize("tos", [0, 1, 2, 3, EF << 2, 34 << 2, 10 << 2 | 3])
def test_dscp_and_ecn(client, peer, lab, server, to, mode, tos):
    call = Call(client, peer, server, to, mode)
    want = tos if tos >> 2 else EF << 2 | tos
    set_header(call.client.sock, tos=tos)
    set_header(call.peer.sock, tos=tos)
    with wire.Wire(lab.peer) as at_peer, wire.Wire(lab.client) as at_client:
        call.out(b"x")
        assert at_peer.catch(is_udp(call.peer.address[1])).tos == want
        call.back(b"x")
        assert at_client.catch(is_udp(call.client.address[1])).tos == want


@SERVERS
@PEERS
@MODES
@pytest.mark.parametrize("ttl", [2, 64, 255])
def test_hop_limit_goes_down(client, peer, lab, server, to, mode, ttl):
    call = Call(client, peer, server, to, mode)
    set_header(call.client.sock, ttl=ttl)
    set_header(call.peer.sock, ttl=ttl)
    with wire.Wire(lab.peer) as at_peer, wire.Wire(lab.client) as at_client:
        call.out(b"x")
        assert at_peer.catch(is_udp(call.peer.address[1])).ttl == ttl - 1
        call.back(b"x")
        assert at_client.catch(is_udp(call.client.address[1])).ttl == ttl - 1


@SERVERS
@PEERS
@MODES
def test_hop_limit_of_one_ends_here(client, peer, relay, server, to, mode):
    call = Call(client, peer, server, to, mode)
    before = relay.dropped("ttl")
    set_header(call.peer.sock, ttl=1)
    call.back(b"x")
    set_header(call.client.sock, ttl=1)
    call.out(b"x")
    assert call.peer.receive(QUIET_S) is None and call.client.receive(0.01) is None
    assert relay.dropped("ttl") == before + 2


@pytest.mark.parametrize("df", [False, True])
def test_dont_fragment_of_ipv4_is_copied(client, peer, lab, df):
    call = Call(client, peer)
    for sock in (call.client.sock, call.peer.sock):
        sock.setsockopt(socket.IPPROTO_IP, 10, 2 if df else 0)  # IP_MTU_DISCOVER
    with wire.Wire(lab.peer) as at_peer, wire.Wire(lab.client) as at_client:
        call.out(b"x")
        assert at_peer.catch(is_udp(call.peer.address[1])).df == df
        call.back(b"x")
        assert at_client.catch(is_udp(call.client.address[1])).df == df


def test_dont_fragment_of_a_send_indication(client, peer, lab):
    call = Call(client, peer, mode="send")
    call.client.sock.setsockopt(socket.IPPROTO_IP, 10, 0)
    with wire.Wire(lab.peer) as at_peer:
        call.out(b"x", (stun.DONT_FRAGMENT, b""))
        f = at_peer.catch(is_udp(call.peer.address[1]))
        assert f.df and f.data == b"x"


@PEERS
def test_a_datagram_without_checksum_gets_one_where_it_must(client, peer, lab, to):
    call = Call(client, peer, to=to)
    call.client.sock.setsockopt(socket.SOL_SOCKET, 11, 1)  # SO_NO_CHECK
    with wire.Wire(lab.peer) as at_peer:
        call.out(b"no sum")
        f = at_peer.catch(is_udp(call.peer.address[1]))
    assert f.data == b"no sum" and f.udp_ok and (f.udp_sum or to == PEER4)


def test_damage_on_the_way_in_is_not_healed(client, peer, lab, relay):
    """The checksum is carried on by difference, so that the receiver sees what the wire did."""
    call = Call(client, peer)
    with wire.Wire(lab.client) as w, wire.Wire(lab.peer) as at_peer:
        relay_mac = bytes.fromhex(relay.call("node.status")["ports"][0]["mac"].replace(":", ""))
        data = struct.pack("!HH", CHANNEL, 4) + b"good"
        segment = wire.udp(CLIENT4, RELAY4, call.client.address[1], 3478, data)
        damaged = segment[:-1] + b"\0"
        w.send(wire.ether(relay_mac, w.mac, wire.IP4, wire.ip(CLIENT4, RELAY4, wire.UDP, damaged)))
        f = at_peer.catch(is_udp(call.peer.address[1]), QUIET_S)
        assert f is None or not f.udp_ok


@MODES
@pytest.mark.parametrize("size", [1300, 1400, 1420])
def test_large(client, peer, mode, size):
    call = Call(client, peer, mode=mode)
    call.out(b"L" * size)
    assert call.peer.receive() == (b"L" * size, call.relayed)
    call.back(b"L" * size)
    assert call.client.receive() == (call.label(), b"L" * size)


def test_what_does_not_fit_the_path_is_said(client, peer, lab, relay):
    """A full-size datagram from the peer does not fit behind a header: ICMP tells how much does."""
    call = Call(client, peer, mode="send")
    call.peer.sock.setsockopt(socket.IPPROTO_IP, 10, 2)
    with wire.Wire(lab.peer) as at_peer:
        call.back(b"F" * 1472)
        f = at_peer.catch(lambda f: f.proto == wire.ICMP4 and f.payload[0] == 3 and f.payload[1] == 4)
    assert f is not None and call.client.receive(0.05) is None
    mtu = struct.unpack("!H", f.payload[6:8])[0]
    assert 1280 <= mtu < 1500


def test_own_port_is_no_peer(client, relay):
    """A peer may not be the relay's own listener, whatever the permission says."""
    c = client()
    c.allocate()
    code = c.permit(RELAY4).code
    c.send((RELAY4, 3478), stun.encode(stun.BINDING, stun.REQUEST))
    assert c.receive(QUIET_S) is None
    assert code == 403 or relay.dropped("peer_is_us") >= 1


# --- between two allocations of this box

FAMILIES = pytest.mark.parametrize("family", [stun.IP4, stun.IP6], ids=["IPv4", "IPv6"])


def pair(client, family, **options):
    out = [client(**options), client(**options)]
    for c in out:
        assert c.allocate((stun.FAMILY, family)).code == 0
    return out


@FAMILIES
@SERVERS
@MODES
def test_hairpin(client, family, server, mode):
    a, b = pair(client, family, server=server)
    for one, other in ((a, b), (b, a)):
        if mode == "channel":
            assert one.bind(CHANNEL, other.relayed[0]).code == 0
        else:
            assert one.permit(other.relayed[0][0]).code == 0
    for one, other in ((a, b), (b, a)):
        if mode == "channel":
            one.channel_send(CHANNEL, b"hairpin")
        else:
            one.send(other.relayed[0], b"hairpin")
        label = CHANNEL if mode == "channel" else one.relayed[0]
        assert other.receive() == (label, b"hairpin")


@FAMILIES
def test_hairpin_wants_the_receivers_permission(client, family):
    a, b = pair(client, family)
    a.permit(b.relayed[0])
    a.send(b.relayed[0], b"x")
    assert b.receive(QUIET_S) is None


@FAMILIES
def test_hairpin_wants_the_senders_permission(client, family):
    a, b = pair(client, family)
    b.permit(a.relayed[0])
    a.send(b.relayed[0], b"x")
    assert b.receive(QUIET_S) is None


def test_hairpin_to_a_port_of_nobody(client, relay):
    a, = [client()]
    a.allocate()
    a.permit(RELAY4)
    free = 49152 if a.relayed[0][1] != 49152 else 49153
    a.send((RELAY4, free), b"x")
    assert a.receive(QUIET_S) is None


def test_hairpin_to_oneself(client):
    a = client()
    a.allocate()
    a.permit(RELAY4)
    a.send(a.relayed[0], b"echo")
    assert a.receive() == (a.relayed[0], b"echo")


def test_client_of_one_family_to_client_of_the_other(client):
    a, b = client(server=RELAY4), client(server=RELAY6)
    for c in (a, b):
        assert c.allocate((stun.FAMILY, stun.IP6)).code == 0
    a.permit(b.relayed[0])
    b.permit(a.relayed[0])
    a.send(b.relayed[0], b"4 to 6")
    assert b.receive() == (a.relayed[0], b"4 to 6")
    b.send(a.relayed[0], b"6 to 4")
    assert a.receive() == (b.relayed[0], b"6 to 4")
