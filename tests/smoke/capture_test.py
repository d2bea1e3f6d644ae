# SPDX-License-Identifier: Apache-2.0
"""In-service capture: what is in the file, by tshark; how it ends; that it hurts nobody."""

import json
import os
import stat
import subprocess
import time

import pytest

from kit.lab import CLIENT4, PEER4, RELAY4
from kit.relay import RpcError

IN, OUT = 1, 2
CHANNEL = 0x4123
PORT = 3478


def frames(file):
    """(direction, source, destination, length of UDP payload, comment) of each packet, as tshark reads it."""
    fields = ["frame.packet_flags_direction", "ip.src", "udp.srcport", "ip.dst", "udp.dstport", "udp.payload",
              "frame.comment", "frame.interface_name", "frame.time_epoch"]
    done = subprocess.run(
        ["tshark", "-n", "-r", file, "-T", "fields", "-E", "separator=|", *sum((["-e", f] for f in fields), [])],
        capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0 and "cut short" not in done.stderr, done.stderr
    out = []
    for line in done.stdout.splitlines():
        way, src, sport, dst, dport, payload, comment, port, at = line.split("|")
        assert port == "wan" and abs(float(at) - time.time()) < 120
        out.append((int(way, 0), f"{src}:{sport}", f"{dst}:{dport}", bytes.fromhex(payload), comment))
    return out


def wait_closed(relay, within=10):
    end = time.monotonic() + within
    while time.monotonic() < end:
        shown = relay.call("capture.show")
        if shown["state"] == "closed":
            return shown
        time.sleep(0.02)
    raise AssertionError(f"still {shown}")


@pytest.fixture
def capture(relay):
    """Starts captures into files of their own; the test's end stops what runs."""
    def start(**params):
        start.count += 1
        name = f"{os.environ['PYTEST_CURRENT_TEST'].split('::')[1].split()[0].split('[')[0]}{start.count}.pcapng"
        return relay.call("capture.start", file=name, **params)["file"]
    start.count = 0
    yield start
    if relay.alive():
        relay.call("capture.stop")
        if relay.call("capture.show")["state"] != "none":
            wait_closed(relay)


class Call:
    def __init__(self, relay, client, peer):
        self.client, self.peer = client(), peer()
        assert self.client.allocate().code == 0 and self.client.bind(CHANNEL, self.peer.address).code == 0
        self.relayed = "%s:%d" % self.client.relayed[0]
        self.address, self.far = "%s:%d" % self.client.address, "%s:%d" % self.peer.address
        self.id = next(a["id"] for a in relay.call("turn.list")["allocations"] if a["client"] == self.address)

    def talk(self, n, size=100):
        for i in range(n):
            self.client.channel_send(CHANNEL, b"%04d" % i + bytes(size - 4))
            assert self.peer.receive()[0][:4] == b"%04d" % i
            self.peer.send(self.client.relayed[0], b"back" + bytes(size - 4))
            assert self.client.receive()[1][:4] == b"back"


@pytest.fixture
def call(relay, client, peer):
    return lambda: Call(relay, client, peer)


def stop(relay):
    relay.call("capture.stop")
    return wait_closed(relay)


def test_a_session_both_ways_and_nobody_else(relay, capture, call):
    mine, other = call(), call()
    file = capture(session=mine.id)
    other.talk(5)
    mine.talk(5)
    mine.client.refresh()  # answered by the control lane
    other.talk(5)
    shown = stop(relay)
    seen = frames(file)
    server = f"{RELAY4}:{PORT}"
    assert shown["packets"] == shown["seen"] == len(seen) and shown["lost"] == 0 and shown["ended"] == "stopped"
    assert shown["bytes"] <= os.path.getsize(file)
    ends = [(way, src, dst) for way, src, dst, _, _ in seen]
    assert ends.count((IN, mine.address, server)) == 6 and ends.count((OUT, mine.relayed, mine.far)) == 5
    assert ends.count((IN, mine.far, mine.relayed)) == 5 and ends.count((OUT, server, mine.address)) == 6
    assert len(seen) == 22
    first = seen[0]
    assert first[3] == CHANNEL.to_bytes(2, "big") + (100).to_bytes(2, "big") + b"0000" + bytes(96)
    assert first[4] == "in, port wan, queue 0, worker 0"
    assert seen[1][3] == b"0000" + bytes(96) and seen[1][4] == "out, port wan, queue 0, worker 0"


def test_a_peer_by_address_and_port(relay, capture, call):
    mine, other = call(), call()
    file = capture(peer=mine.far)
    mine.talk(3)
    other.talk(3)
    stop(relay)
    assert [f[:3] for f in frames(file)] == [(OUT, mine.relayed, mine.far), (IN, mine.far, mine.relayed)] * 3
    file = capture(peer=PEER4)
    mine.talk(1)
    other.talk(1)
    stop(relay)
    assert len(frames(file)) == 4
    file = capture(peer=mine.address)  # a client's will do as well
    mine.talk(2)
    stop(relay)
    assert {f[1] for f in frames(file)} == {mine.address, f"{RELAY4}:{PORT}"}


def test_drops_by_reason(relay, capture, call, lab):
    mine = call()
    file = capture(reason="no_permission")
    with lab.client.socket(bind=(CLIENT4, 0)) as stranger:
        for i in range(3):
            stranger.sendto(b"stranger%d" % i, mine.client.relayed[0])
        mine.talk(2)
        source = "%s:%d" % stranger.getsockname()
    shown = stop(relay)
    assert shown["packets"] == 3 and shown["filter"] == "dropped: no_permission"
    assert frames(file) == [(IN, source, mine.relayed, b"stranger%d" % i,
                             "dropped: no_permission, port wan, queue 0, worker 0") for i in range(3)]


def test_a_sessions_drops_are_told_apart(relay, capture, call):
    mine = call()
    file = capture(session=mine.id)
    mine.client.channel_send(0x4777, b"nobody")  # not bound
    mine.talk(1)
    stop(relay)
    told = [(f[4].split(",")[0], f[3][4:]) for f in frames(file)]
    assert len(told) == 6 and ("in", b"nobody") in told and ("dropped: channel_unbound", b"nobody") in told


def test_limits_end_it(relay, capture, call):
    mine = call()
    file = capture(session=mine.id, packets=10)
    mine.talk(10)
    shown = wait_closed(relay)
    assert shown["ended"] == "packets" and shown["packets"] == 10 == len(frames(file))
    file = capture(session=mine.id, bytes=8192)
    mine.talk(30, size=500)
    shown = wait_closed(relay)
    assert shown["ended"] == "bytes" and 4096 < os.path.getsize(file) <= 8192
    assert len(frames(file)) == shown["packets"]
    file = capture(session=mine.id, seconds=1)
    mine.talk(1)
    assert wait_closed(relay)["ended"] == "seconds" and len(frames(file)) == 4


def test_it_ends_with_its_session(relay, capture, call):
    mine = call()
    file = capture(session=mine.id)
    mine.talk(2)
    relay.call("turn.delete", id=mine.id)
    mine.client.relayed = []
    assert wait_closed(relay)["ended"] == "session_over" and len(frames(file)) == 8


def test_one_at_a_time_and_nothing_is_overwritten(relay, capture, call):
    mine = call()
    file = capture(session=mine.id)
    with pytest.raises(RpcError, match="running") as refused:
        capture(session=mine.id)
    assert refused.value.code == -32003
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    stop(relay)
    size = os.path.getsize(file)
    for name in (os.path.basename(file), file):
        with pytest.raises(RpcError, match="already"):
            relay.call("capture.start", file=name, peer=PEER4)
    link = os.path.join(os.path.dirname(file), "link.pcapng")
    os.symlink("/tmp/turnpike-never.pcapng", link)
    with pytest.raises(RpcError, match="already"):
        relay.call("capture.start", file="link.pcapng", peer=PEER4)
    assert os.path.getsize(file) == size and not os.path.exists("/tmp/turnpike-never.pcapng")


@pytest.mark.parametrize("params, field", [
    ({"file": "x.pcapng"}, "session"),
    ({"file": "x.pcapng", "session": 1, "peer": PEER4}, "peer"),
    ({"file": "x.pcapng", "peer": "nobody"}, "peer"),
    ({"file": "x.pcapng", "reason": "no_reason"}, "reason"),
    ({"file": "/etc/cron.d/x.pcapng", "peer": PEER4}, "file"),
    ({"file": "../x.pcapng", "peer": PEER4}, "file"),
    ({"file": "/.pcapng", "peer": PEER4}, "file"),
    ({"file": "cron.d.x", "peer": PEER4}, "file"),
])
def test_what_is_refused(relay, params, field):
    error = relay.exchange_error("capture.start", params)
    assert error["code"] == -32602 and error["data"]["field"] == field, error
    assert relay.call("capture.show")["state"] != "running"


def test_a_full_disk_is_told_and_hurts_nobody(relay, capture, call):
    mine = call()
    folder = relay.config["capture"]["directory"]
    inside = ["nsenter", "-t", str(relay.process.pid), "-m"]  # the relay may have its own view of mounts
    subprocess.run([*inside, "mount", "-t", "tmpfs", "-o", "size=64k", "none", folder], check=True)
    try:
        file = capture(session=mine.id)
        mine.talk(60, size=1000)
        shown = wait_closed(relay)
        mine.talk(5)
        assert shown["ended"] == "write_failed" and "No space" in shown["error"]
        assert relay.events("capture_ended")[-1]["why"] == "write_failed"
        seen = frames(f"/proc/{relay.process.pid}/root{file}")
        assert len(seen) == shown["packets"] > 10  # whole as far as it goes
    finally:
        subprocess.run([*inside, "umount", folder], check=True)


def test_the_command_line(relay, call):
    mine = call()
    started = relay.ctl("capture", "start", "--session", mine.id, "--limit", "1MB", "--limit", "60s", "-w", "ctl.pcapng")
    assert started.returncode == 0 and "ctl.pcapng" in started.stdout, started.stderr
    mine.talk(2)
    stopped = json.loads(relay.ctl("-j", "capture", "stop").stdout)
    assert stopped["state"] == "closed" and stopped["packets"] == 8
    assert stopped["limits"]["bytes"] == 1000000 and stopped["limits"]["seconds"] == 60
    assert len(frames(stopped["file"])) == 8
    wrong = relay.ctl("capture", "start", "--peer", PEER4, "--limit", "7 parrots", "-w", "no.pcapng")
    assert wrong.returncode == 2 and "7 parrots" in wrong.stderr


def test_the_relay_ends_while_it_runs(lab, relay, capture, call):
    """Last: it takes the module's relay away and gives it another."""
    mine = call()
    file = capture(session=mine.id)
    mine.talk(20)
    assert relay.stop() == 0
    assert len(frames(file)) == 80
    ended = relay.events("capture_ended")[-1]
    assert ended["why"] == "shutdown" and ended["packets"] == "80" and ended["lost"] == "0"
    relay.start()
    relay.wait_ready()
