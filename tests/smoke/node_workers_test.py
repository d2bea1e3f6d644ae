# SPDX-License-Identifier: Apache-2.0
"""Two workers, each with a queue of its own: flows land on either, all are served."""

import pytest

from kit import stun
from kit.lab import PEER4, RELAY4, RELAY6, Lab

CONFIG = {"cores": {"control": 0, "workers": [0, 1], "idle": "sleep"}}
COUNT = 24


@pytest.fixture(scope="module")
def lab():
    with Lab(queues=2) as made:
        yield made


@pytest.fixture
def calls(client, peer):
    p = peer()
    many = [client(bind=(f"198.18.65.{i + 1}", 0)) for i in range(COUNT)]
    for i, c in enumerate(many):
        assert c.allocate().code == 0
        assert c.bind(0x4000 + i, p.address).code == 0
    return p, many


def test_both_workers_have_work(calls, relay):
    workers = relay.call("node.status")["workers"]
    assert len(workers) == 2
    received = [w["received"] for w in relay.drops()["workers"]]
    assert all(received), received


def test_every_flow_is_served_both_ways(calls):
    p, many = calls
    for _ in range(5):
        for i, c in enumerate(many):
            c.channel_send(0x4000 + i, b"%d" % i)
            assert p.receive() == (b"%d" % i, c.relayed[0])
            p.send(c.relayed[0], b"%d" % i)
            assert c.receive() == (0x4000 + i, b"%d" % i)


def test_hairpin_across_workers(client):
    many = [client(bind=(f"198.18.66.{i + 1}", 0)) for i in range(8)]
    for c in many:
        c.allocate()
        c.permit(RELAY4)
    for a in many:
        for b in many:
            a.send(b.relayed[0], b"x")
            assert b.receive() == (a.relayed[0], b"x")


def test_what_one_worker_learns_the_other_knows(client, peer):
    """A permission is there for a peer's datagram on whichever queue it lands."""
    c = client()
    c.allocate()
    c.permit(PEER4)
    for _ in range(16):
        p = peer()
        p.send(c.relayed[0], b"x")
        assert c.receive() == (p.address, b"x")


def test_ended_allocation_is_gone_for_both(client, peer):
    c = client()
    c.allocate()
    c.permit(PEER4)
    relayed = c.relayed[0]
    c.refresh(0)
    for _ in range(16):
        peer().send(relayed, b"x")
    assert c.receive(0.2) is None


def test_accounting_of_each(calls, relay):
    for w in relay.drops()["workers"]:
        assert w["balance"] == 0, w


@pytest.mark.parametrize("server", [RELAY4, RELAY6])
def test_bindings_from_many_ports(client, server):
    for _ in range(40):
        assert client(server=server).exchange(stun.encode(stun.BINDING, stun.REQUEST)).cls == stun.SUCCESS
