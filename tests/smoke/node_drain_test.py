# SPDX-License-Identifier: Apache-2.0
"""Draining: refused or sent on, progress, deadline, resuming, the end of the process."""

import json
import subprocess
import time

import pytest

from kit import stun
from kit.events import Subscriber
from kit.lab import PEER4
from kit.relay import RpcError
from kit.turn_client import TurnClient

TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture(autouse=True)
def resumed(relay):
    yield
    if relay.alive():
        relay.call("node.resume")


def test_new_ones_are_refused_while_old_ones_run(relay, client, peer):
    old, p = client(), peer()
    old.allocate()
    old.permit(PEER4)
    with Subscriber(relay, kinds=["drain"]) as s:
        answer = relay.call("node.drain")
        assert answer["state"] == "draining" and answer["drain"]["state"] == "running"
        assert answer["drain"]["deadline"] is None and answer["drain"]["allocations_left"] == 1
        assert s.until("drain_started")[-1]["allocations_left"] == 1
        assert client().allocate().code == 508
        old.send(p.address, b"still")
        assert p.receive()[0] == b"still"
        assert old.refresh().code == 0
        assert relay.http("/readyz")[::2] == (503, "draining: 1 allocations left\n")
        assert relay.call("node.status")["drain"]["state"] == "running"
        relay.call("node.resume")
        assert [e["kind"] for e in s.until("resumed")] == ["resumed"]
    assert relay.http("/readyz")[0] == 200 and relay.call("node.status")["drain"] is None
    assert client().allocate().code == 0


def test_finished_when_the_last_one_goes(relay, client):
    with Subscriber(relay, kinds=["drain", "deleted"]) as s:
        two = [client(), client()]
        for c in two:
            c.allocate()
        relay.call("node.drain", deadline_s=100)
        two[0].refresh(0)
        kinds = [e["kind"] for e in s.until("drain_progress")]
        assert kinds == ["drain_started", "deleted", "drain_progress"]
        two[1].refresh(0)
        done = s.until("drain_finished")[-1]
        assert done["ended"] == 0 and done["allocations_left"] == 0 and done["state"] == "finished"
        assert s.quiet()
    assert relay.http("/readyz")[::2] == (503, "drained: no allocation is left\n")
    assert client().allocate().code == 508


def test_deadline_ends_the_rest(relay, client):
    many = [client() for _ in range(5)]
    for c in many:
        c.allocate()
    with Subscriber(relay, kinds=["drain", "allocation"]) as s:
        line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "node.drain", "trace": TRACE,
                           "params": {"deadline_s": 1}})
        drain = json.loads(relay.exchange_line(line))["result"]["drain"]
        assert drain["left_s"] == 1 and drain["deadline"] > drain["since"]
        events = s.until("drain_finished")
        gone = [e for e in events if e["kind"] == "deleted"]
        assert len({e["id"] for e in gone}) == len(gone) == 5
        assert {e["reason"] for e in gone} == {"drain"} and {e["trace"] for e in events} == {TRACE}
        assert events[-1]["ended"] == 5 and 900 <= events[-1]["duration_ms"] < 5000
    for c in many:
        assert c.refresh().code == 437
        c.relayed = []
    for event in ("draining", "drain_deadline", "drained"):
        assert relay.events(event)[-1]["trace"] == TRACE, event


def test_alternate_server_is_followed(relay, lab, client):
    """coturn stands on the peer's host; our client goes where it is sent."""
    coturn = lab.peer.start(["turnserver", "-n", "-m", "1", "--no-cli", "--no-tls", "--no-dtls", "--no-tcp",
                             "--log-file", "stdout", "--simple-log", "--lt-cred-mech", "--realm", "turnpike.test",
                             "--userdb", f"{lab.folder}/alternate.db", "--pidfile", f"{lab.folder}/alternate.pid",
                             "-u", "alice:secret", "-L", PEER4, "-E", PEER4],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        relay.call("node.drain", alternate=f"{PEER4}:3478")
        c = client()
        raw = stun.encode(stun.ALLOCATE, stun.REQUEST, [(stun.TRANSPORT, stun.UDP)])
        first = c.exchange(raw)
        assert first.code == 401 and not first.has(stun.ALTERNATE_SERVER), "only who is known is sent on"
        answer = c.allocate()
        assert answer.code == 300 and answer.integrity_ok(c.key)
        there = answer.alternate()
        assert there == (PEER4, 3478)
        with TurnClient(lab.client, *there) as followed:
            for _ in range(50):
                if followed.exchange(raw, 0.2):
                    break
            assert followed.allocate().code == 0
    finally:
        coturn.terminate()
        coturn.wait(10)


@pytest.mark.parametrize("alternate", ["", "nowhere", "198.18.0.9", "198.18.0.9:0", "0.0.0.0:3478"])
def test_a_wrong_alternate_changes_nothing(relay, alternate):
    with pytest.raises(RpcError) as e:
        relay.call("node.drain", alternate=alternate)
    assert e.value.data["field"] == "alternate"
    assert relay.call("node.status")["state"] == "ready"


def test_the_read_socket_may_not_drain(relay):
    with pytest.raises(RpcError) as e:
        relay.call("node.drain", socket_key="read_socket")
    assert e.value.code == -32001


def test_exit_when_empty(relay, client):
    """Last: it ends the module's relay, which the fixture then finds gone; a new one takes its place."""
    with Subscriber(relay, kinds=["drain"]) as s:
        c = client()
        c.allocate()
        relay.call("node.drain", exit=True)
        assert relay.alive()
        c.refresh(0)
        assert s.until("drain_finished")[-1]["exit"] is True
    assert relay.process.wait(10) == 0
    relay.start()
    end = time.monotonic() + 20
    while len(relay.events("ready")) < 2 and time.monotonic() < end:
        time.sleep(0.05)
    assert client().allocate().code == 0
