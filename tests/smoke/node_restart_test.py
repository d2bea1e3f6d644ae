# SPDX-License-Identifier: Apache-2.0
"""Stop, crash, start again; reload; drain."""

import os
import signal
import subprocess
import time

import pytest

from kit import stun
from kit.lab import PEER4
from kit.relay import TURNPIKED, RpcError
from kit.turn_client import TurnClient


def works(lab):
    with TurnClient(lab.client) as c:
        return c.allocate().code == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_orderly_stop(lab, number):
    relay = lab.start()
    assert works(lab)
    began = time.monotonic()
    assert relay.stop(number) == 0
    assert time.monotonic() - began < 5
    assert not os.path.exists(relay.config["control"]["socket"])


def test_stop_with_live_allocations(lab):
    relay = lab.start()
    many = [TurnClient(lab.client) for _ in range(20)]
    for c in many:
        assert c.allocate().code == 0
    assert relay.stop() == 0
    for c in many:
        c.sock.close()


def test_start_after_a_crash(lab):
    """The sockets that the dead process left do not stand in the way; clients begin anew."""
    relay = lab.start()
    c = TurnClient(lab.client)
    assert c.allocate().code == 0
    relay.stop(signal.SIGKILL)
    relay = lab.start()
    answer = c.refresh()
    assert answer.code in (437, 438)
    if answer.code == 438:
        assert c.refresh().code == 437
    assert c.allocate().code == 0
    c.close()
    assert relay.call("node.status")["state"] == "ready"
    assert relay.stop() == 0


def test_second_relay_on_a_device_that_is_taken(lab, relay):
    other = lab.start({"control": {"socket": f"{lab.folder}/2.sock", "read_socket": f"{lab.folder}/2r.sock"}},
                      wait=False)
    try:
        assert other.process.wait(20) == 1
        assert [e for e in other.events() if e.get("level") == "error"], other.log_tail()
    finally:
        other.stop(signal.SIGKILL)
    assert relay.alive() and works(lab)


def test_ready_event(relay):
    event, = relay.events("ready")
    assert event["name"] == "lab"


def test_log_lines_are_json(relay):
    with open(relay.log_file) as f:
        lines = [line for line in f if line.strip()]
    events = relay.events()
    foreign = [line for line in lines if not line.startswith("{") and not line.startswith(("libbpf", "libxdp"))]
    assert events and all({"event", "level"} <= set(e) for e in events)
    assert not foreign, foreign[:3]


# --- reload

@pytest.fixture
def changed(relay):
    """Changes the configuration file; the old one comes back at the end."""
    old = relay.config

    def change(**turn):
        relay.configure(dict(old, turn=dict(old["turn"], **turn)))

    yield change
    relay.configure(old)
    relay.call("config.reload")


def test_reload_brings_a_user(client, relay, changed):
    assert client(user="carol", password="new").allocate().code == 401
    old = client()
    assert old.allocate().code == 0
    changed(users=[{"name": "carol", "password": "new"}, {"name": "alice", "password": "secret"}])
    result = relay.call("config.reload")
    assert "turn.users" in result["changed"] and result["restart"] == []
    assert client(user="carol", password="new").allocate().code == 0
    assert old.refresh().code == 0


def test_reload_by_signal(client, relay, changed):
    changed(users=[{"name": "dave", "password": "new"}])
    relay.kill(signal.SIGHUP)
    end = time.monotonic() + 3
    while client(user="dave", password="new").allocate().code and time.monotonic() < end:
        time.sleep(0.05)
    assert client(user="dave", password="new").allocate().code == 0
    assert client().allocate().code == 401, "alice is gone"


def test_reload_names_what_wants_a_restart(relay, changed):
    relay.configure(dict(relay.config, memory=dict(relay.config["memory"], megabytes=300)))
    result = relay.call("config.reload")
    assert "memory.megabytes" in result["restart"] and "memory.megabytes" not in result["changed"]


def test_reload_of_a_file_with_mistakes_changes_nothing(client, relay, changed):
    changed(users="nobody")
    with pytest.raises(RpcError) as e:
        relay.call("config.reload")
    assert e.value.code == -32003
    assert client().allocate().code == 0


# --- drain

def test_drain(client, peer, relay):
    old, p = client(), peer()
    assert old.allocate().code == 0
    assert relay.call("node.drain")["state"] == "draining"
    try:
        assert client().allocate().code == 508
        assert old.refresh().code == 0 and old.permit(PEER4).code == 0
        old.send(p.address, b"x")
        assert p.receive() == (b"x", old.relayed[0])
        assert relay.http("/readyz")[0] == 503 and relay.http("/healthz")[0] == 200
        assert relay.call("node.status")["state"] == "draining"
    finally:
        assert relay.call("node.resume")["state"] == "ready"
    assert client().allocate().code == 0
    assert relay.http("/readyz")[0] == 200


def test_version():
    out = subprocess.run([TURNPIKED, "--version"], capture_output=True, text=True)
    assert out.returncode == 0 and out.stdout.startswith("turnpiked ") and "DPDK" in out.stdout


@pytest.mark.parametrize("words", [[], ["--bogus"], ["--config"], ["--config", "x", "y"]])
def test_usage(words):
    out = subprocess.run([TURNPIKED, *words], capture_output=True, text=True)
    assert out.returncode == 2 and out.stderr


def test_binding_is_answered_after_all_that(client):
    assert client().exchange(stun.encode(stun.BINDING, stun.REQUEST)).cls == stun.SUCCESS
