# SPDX-License-Identifier: Apache-2.0
"""turnpikectl events follow and node drain against a living relay."""

import json
import signal
import subprocess
import time

import pytest

from kit.relay import TURNPIKECTL


@pytest.fixture
def follow(relay):
    running = []

    def make(*words):
        before = relay.metric("turnpike_event_subscribers") if relay.alive() else 0
        p = subprocess.Popen([TURNPIKECTL, "-s", relay.config["control"]["socket"], "-j", "events", "follow", *words],
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        running.append(p)
        end = time.monotonic() + 5
        while relay.alive() and relay.metric("turnpike_event_subscribers") == before and time.monotonic() < end:
            time.sleep(0.02)
        return p

    yield make
    for p in running:
        p.kill()
        p.wait()


def test_until_interrupted(relay, client, follow):
    p = follow("--kind", "allocated")
    client().allocate()
    assert json.loads(p.stdout.readline())["kind"] == "allocated"
    p.send_signal(signal.SIGINT)
    assert p.wait(5) == 0 and p.stderr.read() == ""


def test_count_ends_it(relay, client, follow):
    p = follow("--user", "alice", "--count", "2")
    c = client()
    c.allocate()
    c.refresh(0)
    out, err = p.communicate(timeout=5)
    assert [json.loads(line)["kind"] for line in out.splitlines()] == ["allocated", "deleted"]
    assert p.returncode == 0 and err == ""


def test_a_wrong_kind_is_said(relay, follow):
    p = follow("--kind", "alocated")
    assert p.wait(5) == 2 and "kinds: there is no event alocated" in p.stderr.read()


def test_drain_by_the_command_line(relay, client):
    client().allocate()
    done = relay.ctl("node", "drain", "--deadline", "300", "--alternate", "198.18.0.9:3478")
    assert done.returncode == 0 and "sent on, 1 go on" in done.stdout and "until 20" in done.stdout
    assert "running, 1 left" in relay.ctl("node", "status").stdout
    assert relay.ctl("node", "resume").returncode == 0
    assert relay.ctl("node", "drain", "--alternate", "here").returncode == 2


def test_reconnects_to_the_next_relay(relay, client, follow):
    """Last: the relay stops and comes again under the same follower."""
    p, plain = follow("--kind", "allocated", "--reconnect"), follow("--kind", "allocated")
    assert relay.stop() == 0
    assert plain.wait(10) == 3 and "hung up" in plain.stderr.read()
    seen = len(relay.events("ready"))
    relay.start()
    end = time.monotonic() + 20
    while len(relay.events("ready")) == seen and time.monotonic() < end:
        time.sleep(0.05)
    while not relay.metric("turnpike_event_subscribers") and time.monotonic() < end:
        time.sleep(0.05)
    client().allocate()
    assert json.loads(p.stdout.readline())["kind"] == "allocated"
    p.send_signal(signal.SIGINT)
    assert p.wait(5) == 0
