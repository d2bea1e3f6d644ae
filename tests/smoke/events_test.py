# SPDX-License-Identifier: Apache-2.0
"""events.subscribe of a living relay: each change once, in order, to whom it concerns."""

import json
import re
import time

import pytest

from kit import stun
from kit.events import Subscriber
from kit.lab import PEER4
from kit.relay import RpcError

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
CONFIG = {"turn": {"lifetimes": {"default": 2, "maximum": 600}}}


def traced(relay, method, **params):
    line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params, "trace": TRACE})
    return json.loads(relay.exchange_line(line))["result"]


def story(client, peer):
    """One life of an allocation that its client ends."""
    c, p = client(), peer()
    c.allocate((stun.LIFETIME, (60).to_bytes(4, "big")))
    c.permit(PEER4)
    c.permit(PEER4)  # nothing new
    c.bind(0x4001, p.address)
    c.channel_send(0x4001, b"hello")
    assert p.receive()
    p.send(c.relayed[0], b"hello yourself")
    assert c.receive()
    c.refresh(120)
    c.refresh(0)
    return c, p


def test_each_change_once_in_order(relay, client, peer):
    with Subscriber(relay) as s, Subscriber(relay, "read_socket") as other:
        c, p = story(client, peer)
        events = s.until("deleted")
        assert [e["kind"] for e in events] == ["allocated", "permission", "channel", "refreshed", "deleted"]
        assert other.until("deleted") == events, "all subscribers are told the same"
        assert s.quiet() and other.quiet(0.01)
    made, permitted, bound, refreshed, gone = events
    assert len({e["id"] for e in events}) == 1 and {e["user"] for e in events} == {"alice"}
    assert [e["seq"] for e in events] == list(range(made["seq"], made["seq"] + 5))
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", e["time"]) for e in events)
    assert made["client"] == "%s:%d" % c.address and made["transport"] == "udp" and made["life_s"] == 60
    assert permitted["peer"] == PEER4 and bound["peer"] == "%s:%d" % p.address and bound["number"] == 0x4001
    assert refreshed["life_s"] == 120
    assert gone["reason"] == "client" and gone["relays"] == made["relays"]
    assert (gone["packets_in"], gone["packets_out"]) == (1, 1)
    assert (gone["bytes_in"], gone["bytes_out"], gone["dropped"]) == (5, 14, 0)
    assert 0 <= gone["duration_ms"] < 60000


def test_expiry(relay, client):
    with Subscriber(relay, kinds=["expired", "deleted"]) as s:
        c = client()
        c.allocate()
        event = s.until("expired")[-1]
        assert event["reason"] == "expired" and event["duration_ms"] >= 2000
        c.relayed = []


def test_permissions_and_channels_expire(relay, client, peer):
    first = relay.config
    lifetimes = {**first["turn"]["lifetimes"], "permission": 1, "channel": 2}
    relay.configure({**first, "turn": {**first["turn"], "lifetimes": lifetimes}})
    relay.call("config.reload")
    with Subscriber(relay, kinds=["permission_expired", "channel_expired"]) as s:
        c, p = client(), peer()
        c.allocate((stun.LIFETIME, (60).to_bytes(4, "big")))
        c.bind(0x4001, p.address)
        events = s.until("channel_expired")
    relay.configure(first)
    relay.call("config.reload")
    assert [e["kind"] for e in events] == ["permission_expired", "channel_expired"]
    assert events[0]["peer"] == PEER4
    assert (events[1]["number"], events[1]["peer"]) == (0x4001, "%s:%d" % p.address)


def test_an_operators_deletion_has_his_trace(relay, client):
    with Subscriber(relay, kinds=["allocation"]) as s:
        c = client()
        c.allocate()
        made = s.until("allocated")[-1]
        assert "trace" not in made
        traced(relay, "turn.delete", id=made["id"])
        gone = s.until("deleted")[-1]
        assert gone["trace"] == TRACE and gone["reason"] == "operator"
        c.relayed = []
    assert [e["trace"] for e in relay.events("allocation_deleted")][-1] == TRACE
    assert relay.events("request")[-1]["trace"] == TRACE


def test_filters(relay, client):
    with Subscriber(relay, user="bob") as bobs, Subscriber(relay, kinds=["auth"]) as failures:
        client().allocate()
        assert bobs.quiet()
        b = client(user="bob", password="hunter2")
        b.allocate()
        made = bobs.until("allocated")[-1]
        with Subscriber(relay, id=made["id"]) as his:
            client().allocate()
            b.refresh(0)
            assert [e["kind"] for e in his.until("deleted")] == ["deleted"]
        assert failures.quiet(0.05)
        liar = client(password="wrong")
        assert liar.allocate().code == 401
        event = failures.next()
        assert (event["kind"], event["reason"], event["user"]) == ("auth_failure", "integrity", "alice")
        assert event["client"] == "%s:%d" % liar.address


def test_unknown_kind_and_wrong_types(relay):
    with pytest.raises(RpcError) as e:
        relay.call("events.subscribe", kinds=["alocated"])
    assert e.value.code == -32602 and e.value.data["field"] == "kinds"
    with pytest.raises(RpcError):
        relay.call("events.subscribe", kinds=[7])


def test_reload_and_log(relay):
    with Subscriber(relay, kinds=["node"]) as s:
        traced(relay, "config.reload")
        told = s.until("config_reloaded")[-1]
        assert told["trace"] == TRACE and told["changed"] == [] and told["restart"] == []
        assert relay.events("reloaded")[-1]["trace"] == TRACE


def test_who_never_reads_harms_nobody(relay, client):
    with Subscriber(relay, kinds=["refreshed"]) as s, Subscriber(relay, kinds=["refreshed"]):
        c = client()
        c.allocate((stun.LIFETIME, (600).to_bytes(4, "big")))
        sent = 60
        for _ in range(sent):
            assert c.refresh(60).code == 0
        assert [s.next()["kind"] for _ in range(sent)] == ["refreshed"] * sent
        assert s.quiet(0.1)


def test_subscribers_are_bounded_and_forgotten(relay):
    held = []
    try:
        while True:
            held.append(Subscriber(relay))
            if "error" in held[-1].reply:
                break
            assert len(held) < 100
        assert held[-1].reply["error"]["code"] == -32003 and len(held) == 65
        assert relay.metric("turnpike_event_subscribers") == 64
    finally:
        for s in held:
            s.sock.close()
    end = time.monotonic() + 5
    while relay.metric("turnpike_event_subscribers") and time.monotonic() < end:
        time.sleep(0.05)
    assert relay.metric("turnpike_event_subscribers") == 0


def test_guessing_is_told_at_a_bounded_rate(relay, client):
    failures = lambda: relay.metric("turnpike_turn_auth_failures_total", reason="integrity")
    before = failures()
    with Subscriber(relay, kinds=["auth"]) as s:
        liar = client(password="wrong", bind=("198.18.64.77", 0))  # a source that may be shut out after it
        guess = liar.encode(stun.ALLOCATE, [(stun.TRANSPORT, stun.UDP)])
        for _ in range(60):
            liar.send_raw(guess)
        time.sleep(1.1)
        liar.send_raw(guess)
        events = []
        while (e := s.next(0.5)):
            events.append(e)
        assert sum(e["held"] + 1 for e in events) == failures() - before
        assert len(events) <= 41, "20 a second, in two or three seconds"
