# SPDX-License-Identifier: Apache-2.0
"""A thousand hostile clients on each socket: memory has a bound, a good client is answered, no packet is lost."""

import json
import os
import re
import socket
import statistics
import subprocess
import sys
import time

import pytest

from kit.relay import ROOT
from kit.stream import Flow

SANITIZED = "ASAN_OPTIONS" in os.environ  # each byte costs some ten times as much to read
COUNT = 300 if SANITIZED else 1000
SECONDS = 8
HELD_MB = 64  # HOST_HELD_MAX, of each socket
ROOM_MB = 96  # a message being read, an answer being written, what malloc keeps


def rss_mb(pid):
    with open(f"/proc/{pid}/status") as f:
        return int(re.search(r"VmRSS:\s+(\d+) kB", f.read())[1]) / 1024


def ask(relay):
    start = time.monotonic()
    assert relay.call("node.status")["name"] == "lab"
    return time.monotonic() - start


@pytest.mark.parametrize("key", ["socket", "read_socket"])
def test_a_thousand_hostile_clients(relay, client, peer, key):
    pid = relay.process.pid
    before, most, waits = rss_mb(pid), 0, []
    hostile = subprocess.Popen([sys.executable, os.path.join(ROOT, "tests/kit/hostile.py"),
                                relay.config["control"][key], str(COUNT)])
    try:
        with Flow(client(), peer(), 500) as flow:
            end = time.monotonic() + SECONDS
            while time.monotonic() < end:
                waits.append(ask(relay))
                most = max(most, rss_mb(pid))
                time.sleep(0.02)
            assert hostile.poll() is None
    finally:
        hostile.kill()
        hostile.wait()
    print(f"{key}: RSS {before:.0f} MB before, {most:.0f} at most, {rss_mb(pid):.0f} after; "
          f"a good client waits {statistics.median(waits) * 1000:.1f} ms (median), {max(waits) * 1000:.0f} at most, "
          f"of {len(waits)}; {[s.count for s in flow.streams]} packets")
    assert flow.lost() == [set(), set()]
    assert SANITIZED or most < before + HELD_MB + ROOM_MB  # ASan keeps what was freed
    assert statistics.median(waits) < 1  # seconds, on a machine that does much else
    assert relay.alive()
    assert ask(relay) < 1


@pytest.mark.parametrize("line", [b"\xff\xfe", b'{"jsonrpc":"2.0","id":1,"method":"\xc3\x28"}', b"[" * 100_000,
                                  b'{"a":' * 50_000, b"", b"\0", b'"', b"[" + b"{}," * 5 + b"{}]"])
def test_rubbish_has_an_answer(relay, line):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(5)
        s.connect(relay.config["control"]["socket"])
        s.sendall(line + b"\n" + b'{"jsonrpc":"2.0","id":2,"method":"node.status"}\n')
        lines = s.makefile()
        assert json.loads(lines.readline())["error"]["code"] in (-32700, -32600)
        assert json.loads(lines.readline())["id"] == 2


def test_a_batch_is_told_to_be_lines(relay):
    answer = json.loads(relay.exchange_line('[{"jsonrpc":"2.0","id":1,"method":"node.status"}]'))
    assert answer["error"]["code"] == -32600 and "a line" in answer["error"]["message"]


def test_ten_megabytes_are_refused(relay):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(10)
        s.connect(relay.config["control"]["socket"])
        try:
            s.sendall(b"x" * (10 << 20))
        except OSError:
            pass  # shut before the end
        assert b"1048576" in s.recv(1000)
    assert relay.call("node.status")["state"] == "ready"


def test_a_half_closed_client_is_answered(relay):
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(5)
        s.connect(relay.config["control"]["socket"])
        s.sendall(b'{"jsonrpc":"2.0","id":1,"method":"node.status"}\n')
        s.shutdown(socket.SHUT_WR)
        assert json.loads(s.makefile().readline())["result"]["name"] == "lab"
