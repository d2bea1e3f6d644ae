# SPDX-License-Identifier: Apache-2.0
"""Floods: the call that is under way must not notice."""

import os
import threading
import time

import pytest

from kit import stun, wire
from kit.lab import CLIENT4, RELAY4, RELAY6

FLOOD_S = 2.0


def rubbish(link, relay_mac):
    """Frames from many sources that no rule wants."""
    frames = []
    for i in range(256):
        src = f"198.18.{100 + i % 100}.{i % 250 + 1}"
        payload = os.urandom(40 + i % 200)
        frames.append(wire.ether(relay_mac, link.mac, wire.IP4, wire.ip(
            src, RELAY4, wire.UDP, wire.udp(src, RELAY4, 1024 + i, 3478, payload))))
    return frames


def allocates(link, relay_mac):
    """Allocate requests without credentials, each from another source."""
    frames = []
    for i in range(512):
        src = f"198.18.{100 + i % 100}.{i % 250 + 1}"
        body = stun.encode(stun.ALLOCATE, stun.REQUEST, [(stun.TRANSPORT, stun.UDP)])
        frames.append(wire.ether(relay_mac, link.mac, wire.IP4, wire.ip(
            src, RELAY4, wire.UDP, wire.udp(src, RELAY4, 2000 + i, 3478, body))))
    return frames


def arps(link, relay_mac):
    return [wire.ether(wire.BROADCAST, link.mac, wire.ARP,
                       wire.arp(1, link.mac, f"198.18.{120 + i % 100}.{i % 250 + 1}", RELAY4))
            for i in range(256)]


def closed_ports(link, relay_mac):
    return [wire.ether(relay_mac, link.mac, wire.IP4, wire.ip(
        CLIENT4, RELAY4, wire.UDP, wire.udp(CLIENT4, RELAY4, 1024 + i, 10 + i, b"scan"))) for i in range(256)]


def peers_knock(link, relay_mac):
    """Datagrams of strangers to relayed ports."""
    return [wire.ether(relay_mac, link.mac, wire.IP4, wire.ip(
        CLIENT4, RELAY4, wire.UDP, wire.udp(CLIENT4, RELAY4, 7777, 49152 + i * 61 % 16384, b"knock")))
        for i in range(512)]


class Flood(threading.Thread):
    def __init__(self, link, frames, pause=0.0005, batch=8):
        super().__init__(daemon=True)
        self.link, self.frames, self.pause, self.batch = link, frames, pause, batch
        self.stop, self.sent = threading.Event(), 0

    def run(self):
        while not self.stop.is_set():
            for _ in range(self.batch):
                self.link.send(self.frames[self.sent % len(self.frames)])
                self.sent += 1
            time.sleep(self.pause)


@pytest.mark.parametrize("kind", [rubbish, allocates, arps, closed_ports, peers_knock],
                         ids=lambda f: f.__name__)
def test_flood_does_not_touch_a_call(client, peer, lab, relay, kind):
    c, p = client(), peer()
    c.allocate()
    c.bind(0x4000, p.address)
    mac = bytes.fromhex(relay.call("node.status")["ports"][0]["mac"].replace(":", ""))
    sent = out = back = 0
    with wire.Wire(lab.client) as link:
        flood = Flood(link, kind(link, mac))
        flood.start()
        end = time.monotonic() + FLOOD_S
        while time.monotonic() < end:
            c.channel_send(0x4000, b"%d" % sent)
            p.send(c.relayed[0], b"%d" % sent)
            sent += 1
            out += p.receive(1) is not None
            back += c.receive(1) is not None
            time.sleep(0.005)
        assert c.refresh().code == 0, "requests of a known client pass too"
        flood.stop.set()
        flood.join()
    # Late is not lost: a machine that is shared stops for a second now and then.
    while out < sent and p.receive(1) is not None:
        out += 1
    while back < sent and c.receive(1) is not None:
        back += 1
    assert flood.sent > 5000
    assert (out, back) == (sent, sent)


def test_flood_leaves_no_allocation_and_no_trace(relay):
    assert relay.call("node.status")["turn"]["allocations"] == 0
    assert all(w["balance"] == 0 for w in relay.drops()["workers"])


def test_a_new_client_gets_in_during_a_flood(client, lab, relay):
    """With the retransmissions that any client makes."""
    mac = bytes.fromhex(relay.call("node.status")["ports"][0]["mac"].replace(":", ""))
    with wire.Wire(lab.client) as link:
        flood = Flood(link, allocates(link, mac))
        flood.start()
        try:
            for _ in range(10):
                assert client().allocate().code == 0
        finally:
            flood.stop.set()
            flood.join()


def test_packets_are_not_leaked(lab, relay, client):
    """Buffers that are free before and after a flood are the same, but for those in rings."""
    def free():
        return relay.metric("turnpike_mempool_free")

    mac = bytes.fromhex(relay.call("node.status")["ports"][0]["mac"].replace(":", ""))
    with wire.Wire(lab.client) as link:
        frames = rubbish(link, mac) + allocates(link, mac) + arps(link, mac) + closed_ports(link, mac)
        for frame in frames:
            link.send(frame)
        time.sleep(1.5)
        before = free()
        for _ in range(6):
            for frame in frames:
                link.send(frame)
            time.sleep(0.05)
        time.sleep(1.5)
        assert free() >= before - 300, (before, free())


@pytest.mark.parametrize("server", [RELAY4, RELAY6])
def test_no_answer_is_larger_than_it_ought(client, server):
    """Amplification over all that can be asked without credentials, as the wire counts: a Binding 1.5 at
    most; a challenge (realm, nonce with its security features, two algorithms) 1.7 of the least Allocate."""
    def on_wire(n):
        return max(n + (28 if server == RELAY4 else 48) + 18, 64) + 20

    asked = {
        "binding": stun.encode(stun.BINDING, stun.REQUEST),
        "unknown": stun.encode(stun.BINDING, stun.REQUEST, [(0x7000, b"")]),
        "allocate": stun.encode(stun.ALLOCATE, stun.REQUEST, [(stun.TRANSPORT, stun.UDP)]),
        "refresh": stun.encode(stun.REFRESH, stun.REQUEST),
        "permit": stun.encode(stun.PERMIT, stun.REQUEST),
    }
    c = client(server=server)
    ratios = {}
    for name, raw in asked.items():
        answer = c.exchange(raw)
        ratios[name] = on_wire(len(answer.raw)) / on_wire(len(raw)) if answer else 0
    assert max(ratios["binding"], ratios["unknown"]) <= 1.5, ratios
    assert ratios["allocate"] <= 1.7 and max(ratios.values()) <= 1.85, ratios
