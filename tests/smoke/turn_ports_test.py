# SPDX-License-Identifier: Apache-2.0
"""Two ports: clients on one, peers on the other."""

import time

import pytest

from kit import stun
from kit.lab import FAR_RELAY4, FAR_RELAY6, RELAY4, RELAY6, Lab
from kit.turn_client import QUIET_S

CONFIG = {"turn": {"relay_addresses": [FAR_RELAY4, FAR_RELAY6]}}
SERVERS = pytest.mark.parametrize("server", [RELAY4, RELAY6], ids=["from IPv4", "from IPv6"])
SIX = pytest.mark.parametrize("six", [False, True], ids=["to IPv4", "to IPv6"])


@pytest.fixture(scope="module")
def lab():
    with Lab(ports=2) as made:
        yield made


def made(client, server, six):
    c = client(server=server)
    assert c.allocate((stun.FAMILY, stun.IP6 if six else stun.IP4)).code == 0
    return c


@SERVERS
@SIX
def test_relayed_address_is_the_far_one(client, server, six):
    assert made(client, server, six).relayed[0][0] == (FAR_RELAY6 if six else FAR_RELAY4)


@SERVERS
@SIX
def test_both_ways(client, peer, lab, server, six):
    c, p = made(client, server, six), peer(lab.peer6 if six else lab.peer4)
    assert c.bind(0x4000, p.address).code == 0
    for i in range(20):
        c.channel_send(0x4000, b"out%d" % i)
        assert p.receive() == (b"out%d" % i, c.relayed[0])
        p.send(c.relayed[0], b"in%d" % i)
        assert c.receive() == (0x4000, b"in%d" % i)


def test_each_port_counts_its_own(client, peer, lab, relay):
    c, p = made(client, RELAY4, False), peer(lab.peer4)
    c.bind(0x4000, p.address)

    def sent(name):
        port = next(x for x in relay.call("stats.ports")["ports"] if x["name"] == name)
        return sum(q["tx_packets"] for q in port["queues"])

    before = {n: sent(n) for n in ("wan", "lan")}
    for i in range(25):
        c.channel_send(0x4000, b"x")
        assert p.receive()
    end = time.monotonic() + 2  # a burst is counted once it is out
    while sent("lan") - before["lan"] < 25 and time.monotonic() < end:
        time.sleep(0.01)
    assert 25 <= sent("lan") - before["lan"] <= 30 and sent("wan") - before["wan"] <= 5


def test_an_address_is_known_on_its_own_port_only(lab, relay):
    out = lab.peer.run("ping", "-n", "-c", 1, "-W", 1, FAR_RELAY4, check=False)
    assert "1 received" in out


def test_peer_on_the_near_side_is_reached_too(client, lab):
    from kit.turn_client import Peer

    c = made(client, RELAY4, False)
    with Peer(lab.client, "198.18.64.5") as p:
        c.permit("198.18.64.5")
        c.send(p.address, b"x")
        assert p.receive() == (b"x", c.relayed[0])


def test_no_route(client, relay):
    c = made(client, RELAY4, False)
    before = relay.dropped("no_route")
    assert c.permit("8.8.8.8").code == 0
    c.send(("8.8.8.8", 53), b"x")
    assert c.receive(QUIET_S) is None
    assert relay.dropped("no_route") == before + 1
