# SPDX-License-Identifier: Apache-2.0
"""Clients of the control socket that mean no good, as many as asked for, until killed.

Run by hand:  python3 tests/kit/hostile.py SOCKET COUNT
"""

import resource
import selectors
import socket
import sys
import time


def request(method, params="{}"):
    return b'{"jsonrpc":"2.0","id":1,"method":"%s","params":%s}\n' % (method.encode(), params.encode())


MEGA = 1 << 20

# What each kind says, over and over as long as the socket takes it; None: nothing. Whether it reads.
KINDS = [
    (None, False),  # silent
    (b"x" * 65536, False),  # no newline, ever: ten megabytes a line and more
    (b"x" * 900_000, False),  # just under the bound, and holds it
    (request("turn.list") * 200, False),  # never reads what it asked for
    (request("stats.drops") * 2000, True),  # a flood, pipelined
    (b"[" * 500_000 + b"\n", True),  # nesting
    (b"[" + request("node.status").strip() + b"," * 9 + b"]\n", True),  # batches, and broken ones
    (b'{"jsonrpc":"2.0","id":"\xff\xfe\xc0","method":"\xed\xa0\x80"}\n', True),  # no UTF-8
    (b"[" + b"1," * 400_000 + b"1]\n", True),  # many values
    (request("no.such", "[" * 30 + "]" * 30), True),
]
ONCE = {2}  # says its words once and stays
HALF_CLOSED = 7  # of so many one ends its side after the first words


class Client:
    def __init__(self, path, number):
        self.number = number
        self.words, self.reads = KINDS[number % len(KINDS)]
        self.at = self.rounds = 0
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.setblocking(False)
        self.sock.connect(path)

    def events(self):
        talks = self.words and not (self.rounds and self.number % len(KINDS) in ONCE)
        return (selectors.EVENT_WRITE if talks else 0) | selectors.EVENT_READ

    def turn(self, events):
        """False: the relay has had enough."""
        if events & selectors.EVENT_WRITE:
            self.at += self.sock.send(self.words[self.at : self.at + 65536])
            if self.at == len(self.words):
                self.at, self.rounds = 0, self.rounds + 1
                if self.number % HALF_CLOSED == 0:
                    self.sock.shutdown(socket.SHUT_WR)
                    self.words = None
        if events & selectors.EVENT_READ and (self.reads or not self.words):
            return bool(self.sock.recv(65536))
        return True


def run(path, count):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4 * count + 100), hard))
    poll, missing = selectors.DefaultSelector(), list(range(count))
    while True:
        for number in missing[:]:
            try:
                client = Client(path, number)
            except OSError:  # the queue is full
                break
            poll.register(client.sock, client.events(), client)
            missing.remove(number)
        for key, events in poll.select(0.01):
            client = key.data
            try:
                goes_on = client.turn(events)
            except BlockingIOError:
                goes_on = True
            except OSError:
                goes_on = False
            poll.unregister(client.sock)
            if goes_on:
                poll.register(client.sock, client.events(), client)
            else:
                client.sock.close()
                missing.append(client.number)
        time.sleep(0.001)


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]))
