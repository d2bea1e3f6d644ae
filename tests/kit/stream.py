# SPDX-License-Identifier: Apache-2.0
"""Numbered packets at a steady pace through an allocation, both ways, while a test does something else."""

import socket
import struct
import threading
import time

SO_RCVBUFFORCE = 33  # which the socket module does not name
CHANNEL = 0x4000
PAYLOAD = b"v" * 156


class Stream(threading.Thread):
    """Sends until it is told to end; `count` were sent."""

    def __init__(self, send, gap_s):
        super().__init__(daemon=True)
        self.send, self.gap_s, self.count, self.ended = send, gap_s, 0, threading.Event()

    def run(self):
        due = time.monotonic()
        while not self.ended.is_set():
            self.send(struct.pack("!I", self.count) + PAYLOAD)
            self.count += 1
            due += self.gap_s
            time.sleep(max(0, due - time.monotonic()))


class Sink(threading.Thread):
    """Receives until nothing came for 2 s; `seen` are the numbers, `skip` bytes stand before each."""

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


class Flow:
    """with Flow(client, peer): …; then lost() names the numbers that did not arrive, by direction."""

    def __init__(self, client, peer, packets_per_s=2000):
        self.client, gap_s = client, 1 / packets_per_s
        assert client.allocate().code == 0
        assert client.bind(CHANNEL, peer.address).code == 0
        head = struct.pack("!HH", CHANNEL, 4 + len(PAYLOAD))
        self.sinks = Sink(peer.sock, 0), Sink(client.sock, 4)
        self.streams = (Stream(lambda data: client.sock.send(head + data), gap_s),
                        Stream(lambda data: peer.send(client.relayed[0], data), gap_s))

    def __enter__(self):
        for thread in self.sinks + self.streams:
            thread.start()
        return self

    def __exit__(self, *_):
        for stream in self.streams:
            stream.ended.set()
        for thread in self.streams + self.sinks:
            thread.join()

    def lost(self):
        assert all(stream.count > 1000 for stream in self.streams)
        return [set(range(stream.count)) - sink.seen for stream, sink in zip(self.streams, self.sinks)]
