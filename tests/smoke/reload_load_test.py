# SPDX-License-Identifier: Apache-2.0
"""Fifty reloads that change users, limits, listeners, level and more under traffic: no packet is lost."""

import socket
import struct
import threading
import time

from kit.lab import merge

RELOADS = 50
GAP_S = 0.0005  # 2,000 packets a second, each way
SO_RCVBUFFORCE = 33  # which the socket module does not name


class Stream(threading.Thread):
    """Numbered packets at a steady pace, until told to end."""

    def __init__(self, send):
        super().__init__(daemon=True)
        self.send, self.count, self.ended = send, 0, threading.Event()

    def run(self):
        due = time.monotonic()
        while not self.ended.is_set():
            self.send(struct.pack("!I", self.count) + b"v" * 156)
            self.count += 1
            due += GAP_S
            time.sleep(max(0, due - time.monotonic()))


class Sink(threading.Thread):
    def __init__(self, sock, skip):
        super().__init__(daemon=True)
        self.sock, self.skip, self.seen = sock, skip, set()
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        sock.settimeout(2)

    def run(self):
        while True:
            try:
                data = self.sock.recv(2000)
            except socket.timeout:
                return
            self.seen.add(struct.unpack_from("!I", data, self.skip)[0])


def changes(i):
    """Another configuration each time; what the streams need is in all of them."""
    return {
        "node": {"region": f"r{i}"},
        "log": {"level": ["info", "debug", "warn"][i % 3]},
        "http": {"listen": f"127.0.0.1:{9478 + i % 2}"},
        "turn": {
            "users": [{"name": "alice", "password": "secret"}] + [
                {"name": f"u{k}", "password": f"p{i}"} for k in range(i % 7 * 20)],
            "listen": [["udp:3478"], ["udp:3478", "udp:3490"], ["udp:3491"], ["udp:3491", "udp:3478"]][i % 4],
            "limits": {"allocations": 500 + i, "allocations_per_user": i % 5 * 100,
                       "bits_per_second": [0, 100_000_000][i % 2]},
            "deny_peers": ["default", f"203.0.113.{i}/32"],
            "relay_ports": f"{49152 + i}-65535",
        },
    }


def test_reloads_lose_nothing(relay, client, peer):
    first = relay.config
    c, p = client(), peer()
    c.allocate()
    assert c.bind(0x4000, p.address).code == 0
    forth, back = Sink(p.sock, 0), Sink(c.sock, 4)
    out = Stream(lambda data: c.sock.send(b"\x40\x00" + struct.pack("!H", len(data)) + data))
    home = Stream(lambda data: p.send(c.relayed[0], data))
    for thread in (forth, back, out, home):
        thread.start()
    for i in range(RELOADS):
        relay.configure(merge(first, changes(i)))
        done = relay.call("config.reload")
        assert "turn.users" in done["changed"] or i % 7 == 0 or i == 0, done
        assert not done["restart"], done
        time.sleep(0.1)
    for thread in (out, home):
        thread.ended.set()
        thread.join()
    for thread in (forth, back):
        thread.join()
    relay.configure(first)
    relay.call("config.reload")
    c.sock.settimeout(2)
    assert out.count > 1000 and home.count > 1000
    assert set(range(out.count)) - forth.seen == set()
    assert set(range(home.count)) - back.seen == set()
    assert relay.drops()["total"]["balance"] == 0
