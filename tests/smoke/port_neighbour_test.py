# SPDX-License-Identifier: Apache-2.0
"""The relay as a station on its link: ARP, neighbour discovery, echo, port unreachable, bad frames."""

import socket
import struct

import pytest

from kit import stun, wire
from kit.lab import CLIENT4, CLIENT6, RELAY4, RELAY6
from kit.turn_client import QUIET_S, Peer

BINDING = stun.encode(stun.BINDING, stun.REQUEST)


@pytest.fixture
def link(lab, relay):
    with wire.Wire(lab.client) as w:
        w.relay_mac = bytes.fromhex(relay.call("node.status")["ports"][0]["mac"].replace(":", ""))
        yield w


def to_relay(link, packet, six=False, mac=None, vlan=None, pad=True):
    frame = wire.ether(mac or link.relay_mac, link.mac, wire.IP6 if six else wire.IP4, packet, vlan)
    link.send(frame.ljust(60, b"\0") if pad else frame)


def binding4(payload=BINDING, sport=5555, dport=3478, src=CLIENT4, dst=RELAY4, **kw):
    sums = {k: kw.pop(k) for k in ("sum_", "length") if k in kw}
    return wire.ip(src, dst, wire.UDP, wire.udp(src, dst, sport, dport, payload, **sums), **kw)


def answered(link, port=5555, wait=0.3):
    return link.catch(lambda f: f.proto == wire.UDP and f.dport == port and f.sport == 3478, wait) is not None


# --- who has this address?

def test_arp(link):
    link.send(wire.ether(wire.BROADCAST, link.mac, wire.ARP, wire.arp(1, link.mac, CLIENT4, RELAY4)))
    f = link.catch(lambda f: f.kind == wire.ARP and f.payload[7] == 2)
    assert f.src_mac == link.relay_mac and f.dst_mac == link.mac
    assert f.payload[8:14] == link.relay_mac and f.payload[14:18] == wire.packed(RELAY4)


def test_arp_probe_is_answered(link):
    link.send(wire.ether(wire.BROADCAST, link.mac, wire.ARP, wire.arp(1, link.mac, "0.0.0.0", RELAY4)))
    assert link.catch(lambda f: f.kind == wire.ARP and f.payload[7] == 2)


def test_arp_for_somebody_else(link):
    link.send(wire.ether(wire.BROADCAST, link.mac, wire.ARP, wire.arp(1, link.mac, CLIENT4, "198.18.3.3")))
    assert not link.catch(lambda f: f.kind == wire.ARP and f.payload[7] == 2, QUIET_S)


def advert(f):
    return f.proto == wire.ICMP6 and f.payload[0] == 136 and f.payload[4] & 0x40  # solicited


def test_neighbour_solicitation(link):
    link.send(wire.ether(wire.group_mac(RELAY6), link.mac, wire.IP6, wire.solicit(CLIENT6, RELAY6, link.mac)))
    f = link.catch(advert)
    assert f.ttl == 255 and f.payload[8:24] == wire.packed(RELAY6)
    assert link.relay_mac in f.payload


def test_unicast_solicitation(link):
    link.send(wire.ether(link.relay_mac, link.mac, wire.IP6,
                         wire.solicit(CLIENT6, RELAY6, link.mac, dst=RELAY6)))
    assert link.catch(advert)


def test_solicitation_from_beyond_the_link(link):
    packet = bytearray(wire.solicit(CLIENT6, RELAY6, link.mac))
    packet[7] = 64  # hop limit: a router has passed it on
    link.send(wire.ether(wire.group_mac(RELAY6), link.mac, wire.IP6, bytes(packet)))
    assert not link.catch(advert, QUIET_S)


def test_solicitation_for_somebody_else(link):
    link.send(wire.ether(wire.group_mac("2001:2::9"), link.mac, wire.IP6,
                         wire.solicit(CLIENT6, "2001:2::9", link.mac)))
    assert not link.catch(advert, QUIET_S)


def test_relay_resolves_a_peer_it_never_heard(client, lab):
    """The first datagram to a peer waits for its resolution and is not lost."""
    lab.client.ip("neigh", "flush", "all")
    c = client()
    c.allocate()
    for i in range(3):
        with Peer(lab.client, f"198.18.101.{i + 1}") as p:
            c.permit(p.address[0])
            c.send(p.address, b"first")
            assert p.receive() == (b"first", c.relayed[0])


def test_peer_that_does_not_exist_harms_nobody(client, peer, relay):
    c, p = client(), peer()
    c.allocate()
    c.permit("198.18.200.200", p.address[0])
    for _ in range(50):
        c.send(("198.18.200.200", 9), b"nowhere")
    c.send(p.address, b"here")
    assert p.receive() == (b"here", c.relayed[0])


# --- echo

@pytest.mark.parametrize("address", [RELAY4, RELAY6])
@pytest.mark.parametrize("size", [0, 56, 1400])
def test_ping(lab, relay, address, size):
    out = lab.client.run("ping", "-n", "-c", 3, "-i", 0.05, "-W", 1, "-s", size, address)
    assert "3 received" in out


def test_echo_with_a_wrong_checksum(link):
    body = struct.pack("!BBHHH", 8, 0, 0xBEEF, 77, 1) + b"data"
    to_relay(link, wire.ip(CLIENT4, RELAY4, wire.ICMP4, body))
    assert not link.catch(lambda f: f.proto == wire.ICMP4 and f.payload[0] == 0, QUIET_S)


# --- port unreachable

def unreachable4(f):
    return f.proto == wire.ICMP4 and f.payload[:2] == b"\3\3"


def unreachable6(f):
    return f.proto == wire.ICMP6 and f.payload[:2] == b"\1\4"


def test_port_unreachable(link):
    to_relay(link, binding4(dport=9))
    f = link.catch(unreachable4)
    assert f.src == RELAY4 and wire.checksum(f.payload) == 0
    assert f.payload[8 + 12 : 8 + 16] == wire.packed(CLIENT4), "quotes the datagram"


def test_port_unreachable_ipv6(link):
    to_relay(link, wire.ip(CLIENT6, RELAY6, wire.UDP, wire.udp(CLIENT6, RELAY6, 5555, 9, b"x")), six=True)
    f = link.catch(unreachable6)
    assert f.src == RELAY6


def test_the_kernel_of_the_client_believes_it(lab, relay):
    s = lab.client.socket()
    s.connect((RELAY4, 9))
    s.send(b"x")
    s.settimeout(1)
    with pytest.raises(ConnectionRefusedError):
        s.recv(10)
    s.close()


def test_unreachable_is_rate_limited(link):
    packet = binding4(dport=9)
    for _ in range(1500):
        to_relay(link, packet)
    assert link.count(unreachable4, 0.4) <= 300


def test_relayed_port_of_nobody_is_closed(link):
    to_relay(link, binding4(dport=65001))
    f = link.catch(lambda f: f.proto in (wire.ICMP4, wire.UDP) and f.src == RELAY4, QUIET_S)
    assert f is None or unreachable4(f)


# --- frames that are wrong, each under its name

BAD = [
    ("bad_ip", lambda: binding4()[:10] + b"\x12\x34" + binding4()[12:]),
    ("bad_ip", lambda: b"\x44" + binding4()[1:]),
    ("bad_ip", lambda: b"\x55" + binding4()[1:]),
    ("bad_udp", lambda: binding4(length=2000)),
    ("bad_udp", lambda: binding4(length=7)),
    ("bad_udp", lambda: binding4(sport=0)),
    ("fragment", lambda: binding4(flags=0x2000)),
    ("fragment", lambda: binding4(flags=0x0010)),
    ("martian", lambda: binding4(src="127.0.0.1")),
    ("martian", lambda: binding4(src="224.0.0.5")),
    ("martian", lambda: binding4(src="255.255.255.255")),
    ("other_protocol", lambda: wire.ip(CLIENT4, RELAY4, 6, b"\0" * 20)),
    ("not_ours", lambda: binding4(dst="198.18.9.9")),
    ("not_turn", lambda: binding4(payload=b"\xd5" * 24)),
    ("not_turn", lambda: binding4(payload=b"\x90\x00\x00\x04abcd")),
    ("no_allocation", lambda: binding4(payload=b"\x60\x00\x00\x04abcd")),
    ("no_allocation", lambda: binding4(payload=b"\x40\x00\x00\x04abcd")),
    ("stun_malformed", lambda: binding4(payload=BINDING[:19])),
]


@pytest.mark.parametrize("reason,packet", BAD, ids=[f"{r}-{i}" for i, (r, _) in enumerate(BAD)])
def test_bad_ipv4(link, relay, reason, packet):
    before = relay.dropped(reason)
    to_relay(link, packet())
    assert not answered(link, wait=0.1)
    assert relay.dropped(reason) == before + 1


def test_bad_udp_checksum_is_not_answered(link):
    to_relay(link, binding4(sum_=0x1234))
    assert not answered(link)


def test_udp_without_checksum_is_answered_over_ipv4(link):
    to_relay(link, binding4(sum_=0))
    assert answered(link)


def test_udp_without_checksum_over_ipv6(link, relay):
    before = relay.dropped("bad_udp")
    to_relay(link, wire.ip(CLIENT6, RELAY6, wire.UDP,
                           wire.udp(CLIENT6, RELAY6, 5555, 3478, BINDING, sum_=0)), six=True)
    assert not answered(link, wait=0.1)
    assert relay.dropped("bad_udp") == before + 1


def test_ipv6_fragment(link, relay):
    before = relay.dropped("fragment")
    inner = struct.pack("!BBHI", wire.UDP, 0, 1, 7) + wire.udp(CLIENT6, RELAY6, 5555, 3478, BINDING)
    to_relay(link, wire.ip(CLIENT6, RELAY6, 44, inner), six=True)
    assert not answered(link, wait=0.1)
    assert relay.dropped("fragment") == before + 1


def test_ipv4_options_are_passed_over(link):
    to_relay(link, binding4(options=b"\1\1\1\0"))
    assert answered(link)


def test_ipv6_destination_options_are_passed_over(link):
    inner = struct.pack("!BB", wire.UDP, 0) + b"\1\4\0\0\0\0" + wire.udp(CLIENT6, RELAY6, 5555, 3478, BINDING)
    to_relay(link, wire.ip(CLIENT6, RELAY6, 60, inner), six=True)
    assert answered(link)


def test_ethernet_padding_is_no_payload(client, peer, lab, link):
    """A datagram of one byte comes in a frame of 60 bytes; one byte is what the client gets."""
    c, p = client(), peer()
    c.allocate()
    c.permit(p.address[0])
    with wire.Wire(lab.peer) as at_peer:
        packet = wire.ip(p.address[0], RELAY4, wire.UDP,
                         wire.udp(p.address[0], RELAY4, p.address[1], c.relayed[0][1], b"1"))
        at_peer.send(wire.ether(link.relay_mac, at_peer.mac, wire.IP4, packet).ljust(60, b"\xee"))
    assert c.receive() == (p.address, b"1")


def test_frame_for_another_station(link, relay):
    before = relay.dropped("not_ours")
    to_relay(link, binding4(), mac=bytes.fromhex("020000abcdef"))
    assert not answered(link, wait=0.1)
    assert relay.dropped("not_ours") in (before, before + 1)  # the bridge may have kept it


def test_tagged_frame_on_an_untagged_port(link, relay):
    before = relay.dropped("not_ours")
    to_relay(link, binding4(), vlan=99)
    assert not answered(link, wait=0.1)
    assert relay.dropped("not_ours") == before + 1


def test_unknown_ethertype(link, relay):
    before = relay.dropped("other_ethertype")
    link.send(wire.ether(link.relay_mac, link.mac, 0x88CC, b"\0" * 46))
    assert relay.dropped("other_ethertype") == before + 1


@pytest.mark.parametrize("size", range(14, 43, 4))
def test_frames_cut_off(link, relay, size):
    frame = wire.ether(link.relay_mac, link.mac, wire.IP4, binding4())
    link.send(frame[:size])
    to_relay(link, binding4())
    assert answered(link), "lives"


def test_answer_goes_back_to_the_station_that_asked(link):
    """Not by look-up: the frame told where it came from."""
    to_relay(link, binding4(src="198.18.111.1"))
    f = link.catch(lambda f: f.proto == wire.UDP and f.dst == "198.18.111.1")
    assert f.dst_mac == link.mac


def test_broadcast_gets_no_unreachable(link):
    to_relay(link, binding4(dst="198.18.255.255", dport=9), mac=wire.BROADCAST)
    assert not link.catch(unreachable4, QUIET_S)


def test_jumbo_is_no_harm(lab, relay, client):
    s = lab.client.socket(socket.AF_INET)
    s.sendto(b"J" * 60000, (RELAY4, 3478))  # comes as fragments
    s.close()
    assert client().exchange(BINDING).cls == stun.SUCCESS
