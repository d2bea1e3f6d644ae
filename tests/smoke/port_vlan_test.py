# SPDX-License-Identifier: Apache-2.0
"""A port in a VLAN: every frame in and out is tagged."""

import pytest

from kit import stun, wire
from kit.lab import CLIENT4, PEER4, PEER6, RELAY4, RELAY6, Lab

VLAN = 7


@pytest.fixture(scope="module")
def lab():
    with Lab(vlan=VLAN) as made:
        yield made


@pytest.mark.parametrize("server,to", [(RELAY4, PEER4), (RELAY6, PEER6), (RELAY4, PEER6), (RELAY6, PEER4)])
def test_both_ways(client, peer, server, to):
    c, p = client(server=server), peer(to)
    assert c.allocate((stun.FAMILY, stun.IP6 if ":" in to else stun.IP4)).code == 0
    assert c.bind(0x4000, p.address).code == 0
    c.channel_send(0x4000, b"out")
    assert p.receive() == (b"out", c.relayed[0])
    p.send(c.relayed[0], b"in")
    assert c.receive() == (0x4000, b"in")
    c.permit(to)


@pytest.mark.parametrize("address", [RELAY4, RELAY6])
def test_ping(lab, relay, address):
    assert "2 received" in lab.client.run("ping", "-n", "-c", 2, "-i", 0.05, "-W", 1, address)


def test_untagged_frames_are_not_ours(lab, relay):
    before = relay.dropped("not_ours")
    mac = bytes.fromhex(relay.call("node.status")["ports"][0]["mac"].replace(":", ""))
    with wire.Wire(lab.client, "eth0") as w:
        binding = wire.udp(CLIENT4, RELAY4, 5555, 3478, stun.encode(stun.BINDING, stun.REQUEST))
        packet = wire.ip(CLIENT4, RELAY4, wire.UDP, binding)
        w.send(wire.ether(mac, w.mac, wire.IP4, packet))
        w.send(wire.ether(mac, w.mac, wire.IP4, packet, vlan=VLAN + 1))
        assert not w.catch(lambda f: f.proto == wire.UDP and f.dport == 5555, 0.15)
    assert relay.dropped("not_ours") == before + 2
