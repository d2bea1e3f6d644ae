# SPDX-License-Identifier: Apache-2.0
"""A port in a VLAN: every frame in and out is tagged. Client and peer are written by hand, as the
kernel may lack VLAN devices; they answer who-has themselves."""

import pytest

from kit import stun, wire
from kit.lab import CLIENT4, CLIENT6, PEER4, PEER6, RELAY4, RELAY6
from kit.turn_client import QUIET_S, TurnClient
from kit.vlan import VlanSocket

VLAN = 7


@pytest.fixture(scope="module")
def relay(lab):
    config = lab.config()
    config["ports"][0]["vlan"] = VLAN
    running = lab.start({"ports": config["ports"]})
    running.mac = bytes.fromhex(running.call("node.status")["ports"][0]["mac"].replace(":", ""))
    yield running
    assert running.alive() and running.stop() == 0


@pytest.fixture
def station(lab, relay):
    made = []

    def make(host, address, port, vlan=VLAN):
        made.append(VlanSocket(host, address, port, vlan, relay.mac))
        return made[-1]

    yield make
    for s in made:
        s.close()


def tagged_client(lab, station, server, port):
    c = TurnClient.__new__(TurnClient)
    c.host, c.server, c.user, c.password, c.realm = lab.client, (server, 3478), "alice", "secret", "turnpike.test"
    c.style, c.userhash, c.fingerprint, c.nonce, c.inbox, c.relayed = "md5", False, False, None, [], []
    c.sock = station(lab.client, CLIENT6 if ":" in server else CLIENT4, port)
    c.sock.connect((server, 3478))
    return c


@pytest.mark.parametrize("server,to", [(RELAY4, PEER4), (RELAY6, PEER6), (RELAY4, PEER6), (RELAY6, PEER4)])
def test_both_ways(lab, station, server, to):
    c = tagged_client(lab, station, server, 7000)
    p = station(lab.peer, to, 7001)
    assert c.allocate((stun.FAMILY, stun.IP6 if ":" in to else stun.IP4)).code == 0
    assert c.bind(0x4000, (to, 7001)).code == 0
    p.connect(c.relayed[0])
    c.channel_send(0x4000, b"out")
    assert p.recv(100) == b"out"
    p.send(b"in")
    assert c.receive() == (0x4000, b"in")
    assert c.refresh(0).code == 0


@pytest.mark.parametrize("server", [RELAY4, RELAY6])
@pytest.mark.parametrize("vlan", [None, VLAN + 1])
def test_other_vlans_are_not_ours(lab, relay, station, server, vlan):
    before = relay.dropped("not_ours")
    s = station(lab.client, CLIENT6 if ":" in server else CLIENT4, 7002, vlan=vlan)
    s.connect((server, 3478))
    s.settimeout(QUIET_S)
    s.send(stun.encode(stun.BINDING, stun.REQUEST))
    with pytest.raises(TimeoutError):
        s.recv(2048)
    assert relay.dropped("not_ours") > before


def test_arp_is_answered_within_the_vlan(lab, relay):
    with wire.Wire(lab.client) as w:
        ask = wire.arp(1, w.mac, CLIENT4, RELAY4)
        w.send(wire.ether(wire.BROADCAST, w.mac, wire.ARP, ask, vlan=VLAN))
        f = w.catch(lambda f: f.kind == wire.ARP and f.payload[7] == 2)
        assert f.vlan == VLAN and f.src_mac == relay.mac


def test_echo_is_answered_within_the_vlan(lab, relay):
    with wire.Wire(lab.client) as w:
        body = wire.icmp4(b"\x08\0\0\0\x12\x34\0\1data")
        w.send(wire.ether(relay.mac, w.mac, wire.IP4, wire.ip(CLIENT4, RELAY4, wire.ICMP4, body), vlan=VLAN))
        f = w.catch(lambda f: f.proto == wire.ICMP4 and f.payload[0] == 0)
        assert f.vlan == VLAN and f.payload[4:] == body[4:]
