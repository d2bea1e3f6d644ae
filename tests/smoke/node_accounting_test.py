# SPDX-License-Identifier: Apache-2.0
"""received = relayed + answered + punted + dropped, for each worker, whatever came."""

import random

from kit import stun, wire
from kit.lab import CLIENT4, PEER4, RELAY4


def totals(relay):
    drops = relay.drops()
    for w in drops["workers"]:
        assert w["balance"] == 0, w
        assert w["received"] == w["relayed"] + w["answered"] + w["punted"] + w["dropped"]
        assert w["dropped"] == sum(w["drops"].values())
    total = drops["total"]
    for key in ("received", "relayed", "answered", "punted", "dropped"):
        assert total[key] == sum(w[key] for w in drops["workers"])
    return total


def test_reasons_are_told(relay):
    drops = relay.call("stats.drops")
    names = [r["reason"] for r in drops["reasons"]]
    assert len(names) == len(set(names)) and all(r["text"] for r in drops["reasons"])
    assert set(drops["workers"][0]["drops"]) == set(names)


def test_relayed(client, peer, relay):
    c, p = client(), peer()
    c.allocate()
    c.bind(0x4000, p.address)
    before = totals(relay)
    for _ in range(50):
        c.channel_send(0x4000, b"x")
        assert p.receive()
        p.send(c.relayed[0], b"x")
        assert c.receive()
    assert totals(relay)["relayed"] == before["relayed"] + 100


def test_answered(client, relay):
    c = client()
    before = totals(relay)
    for _ in range(40):
        assert c.exchange(stun.encode(stun.BINDING, stun.REQUEST))
    assert totals(relay)["answered"] == before["answered"] + 40


def test_punted(client, relay):
    c = client()
    c.login()
    before = totals(relay)
    for _ in range(30):
        c.refresh()
    after = totals(relay)
    assert after["punted"] - before["punted"] >= 30 and after["injected"] - before["injected"] >= 30


def test_rubbish_of_every_kind(lab, relay):
    """2,000 frames, mutated at random from good ones; all are accounted for."""
    dice = random.Random(7)
    mac = bytes.fromhex(relay.call("node.status")["ports"][0]["mac"].replace(":", ""))
    good = wire.ip(CLIENT4, RELAY4, wire.UDP,
                   wire.udp(CLIENT4, RELAY4, 4444, 3478, stun.encode(stun.BINDING, stun.REQUEST)))
    before = totals(relay)
    with wire.Wire(lab.client) as w:
        for _ in range(2000):
            frame = bytearray(wire.ether(mac, w.mac, wire.IP4, good))
            for _ in range(dice.randint(0, 4)):
                frame[dice.randrange(12, len(frame))] = dice.randrange(256)
            w.send(bytes(frame[: dice.choice([len(frame)] * 5 + [dice.randrange(14, len(frame))])]))
    after = totals(relay)
    assert after["received"] - before["received"] >= 2000
    assert after["dropped"] > before["dropped"]


def test_allocations_counters(client, peer, relay):
    c, p = client(), peer()
    c.allocate()
    c.bind(0x4000, p.address)
    for _ in range(12):
        c.channel_send(0x4000, b"1234567890")
        assert p.receive()
    for _ in range(5):
        p.send(c.relayed[0], b"12345")
        assert c.receive()
    row = next(a for a in relay.call("turn.list")["allocations"] if a["client"] == "%s:%d" % c.address)
    assert (row["packets_in"], row["bytes_in"]) == (12, 120)
    assert (row["packets_out"], row["bytes_out"]) == (5, 25)
    assert row["user"] == "alice" and row["server"] == f"{RELAY4}:3478" and row["peers"] == 1
    shown = relay.call("turn.show", id=row["id"])
    assert shown["channels"][0]["number"] == 0x4000
    assert shown["channels"][0]["peer"] == "%s:%d" % p.address
    assert shown["permissions"][0]["peer"] == PEER4


def test_steps_agree_with_the_walk(client, relay):
    client().exchange(stun.encode(stun.BINDING, stun.REQUEST))
    steps = {s["step"]: s for s in relay.call("stats.steps")["workers"][0]["steps"]}
    shown = [s["name"] for s in relay.call("path.show")["steps"]]
    assert list(steps) == shown
    assert steps["rx"]["packets"] > 0 and steps["rx"]["cycles"] > 0
