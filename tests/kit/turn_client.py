# SPDX-License-Identifier: Apache-2.0
"""A TURN client for black-box tests: one 5-tuple, full control over what is sent."""

import ipaddress
import os
import socket
import struct
import time

from kit import stun
from kit.lab import RELAY4, RELAY6

REALM = "turnpike.test"
WAIT_S = 1.5  # for an answer that must come
QUIET_S = 0.15  # for one that must not


def family_of(address):
    return socket.AF_INET if ipaddress.ip_address(address).version == 4 else socket.AF_INET6


class TurnClient:
    """`style`: md5 (MESSAGE-INTEGRITY alone), sha256 (PASSWORD-ALGORITHM and -SHA256)."""

    def __init__(self, host, server=RELAY4, port=3478, user="alice", password="secret", style="md5",
                 bind=None, userhash=False, fingerprint=False, realm=REALM):
        self.host, self.server = host, (server, port)
        self.user, self.password, self.realm, self.style = user, password, realm, style
        self.userhash, self.fingerprint = userhash, fingerprint
        self.nonce = self.algorithms = None
        self.inbox = []
        self.relayed = []
        self.sock = host.socket(family_of(server), bind=bind)
        self.sock.connect(self.server)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self, delete=True):
        """Ends the allocation too, so that the next test finds a clean relay."""
        if self.sock.fileno() >= 0:
            if delete and self.relayed:
                self.refresh(0)
            self.sock.close()

    @property
    def address(self):
        return self.sock.getsockname()[:2]

    @property
    def key(self):
        make = stun.key_sha256 if self.style == "sha256" else stun.key_md5
        return make(self.user, self.realm, self.password)

    # --- bytes

    def send_raw(self, raw):
        self.sock.send(raw)

    def receive_raw(self, timeout=WAIT_S):
        self.sock.settimeout(max(timeout, 0.001))
        try:
            return self.sock.recv(65535)
        except (socket.timeout, BlockingIOError, ConnectionRefusedError):
            return None

    def exchange(self, raw, timeout=WAIT_S):
        """Sends; the answer of that transaction, or None. What else comes in goes to the inbox."""
        self.send_raw(raw)
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            got = self.receive_raw(end - time.monotonic())
            if got is None:
                return None
            if got[0] < 4 and got[8:20] == raw[8:20]:
                return stun.Message(got)
            self.inbox.append(got)
        return None

    def silent(self, raw, wait=QUIET_S):
        """True when nothing comes back."""
        return self.exchange(raw, wait) is None

    # --- messages

    def credentials(self):
        who = ((stun.USERHASH, stun.userhash(self.user, self.realm)) if self.userhash
               else (stun.USERNAME, self.user.encode()))
        out = [who, (stun.REALM, self.realm.encode()), (stun.NONCE, self.nonce)]
        if self.style == "sha256":
            out += [(stun.ALGORITHMS, self.algorithms), (stun.ALGORITHM, stun.SHA256_ALGORITHM)]
        return out

    def seal(self, msg):
        msg = stun.sign256(msg, self.key) if self.style == "sha256" else stun.sign(msg, self.key)
        return stun.fingerprint(msg) if self.fingerprint else msg

    def encode(self, method, attrs=(), tid=None):
        """A request with credentials."""
        self.login()
        return self.seal(stun.encode(method, stun.REQUEST, list(attrs) + self.credentials(), tid))

    def login(self):
        """Fetches realm and nonce by a request that has no credentials."""
        if self.nonce is None:
            self.note(self.exchange(stun.encode(stun.ALLOCATE, stun.REQUEST, [(stun.TRANSPORT, stun.UDP)])))
        assert self.nonce, "no challenge"

    def note(self, answer):
        """Takes nonce, realm and algorithms from a challenge."""
        assert answer is not None, "no answer to a request without credentials"
        self.nonce, self.realm = answer.get(stun.NONCE), answer.get(stun.REALM).decode()
        self.algorithms = answer.get(stun.ALGORITHMS)
        return answer

    def request(self, method, attrs=(), tid=None):
        """With credentials, to its answer, whose integrity is checked; None when none came."""
        answer = self.exchange(self.encode(method, attrs, tid))
        if answer is not None:
            assert answer.method == method and answer.cls in (stun.SUCCESS, stun.ERROR), answer
            if answer.cls == stun.SUCCESS:
                assert answer.integrity_ok(self.key), "answer's integrity"
            if answer.code == 438:
                self.nonce = answer.get(stun.NONCE)
        return answer

    def allocate(self, *attrs, transport=stun.UDP, tid=None):
        base = [(stun.TRANSPORT, transport)] if transport is not None else []
        answer = self.request(stun.ALLOCATE, base + list(attrs), tid)
        if answer is not None and answer.cls == stun.SUCCESS:
            self.relayed = answer.relayed
        return answer

    def refresh(self, lifetime=None, *attrs):
        more = [] if lifetime is None else [(stun.LIFETIME, struct.pack("!I", lifetime))]
        answer = self.request(stun.REFRESH, more + list(attrs))
        if lifetime == 0 and answer is not None and answer.code == 0:
            self.relayed = []
        return answer

    def permit(self, *peers):
        """Each an address, or (address, port)."""
        pairs = [(p, 0) if isinstance(p, str) else p for p in peers]
        return self.request(stun.PERMIT, [(stun.PEER, stun.address(*p)) for p in pairs])

    def bind(self, number, peer):
        return self.request(stun.BIND, [(stun.CHANNEL_NUMBER, struct.pack("!HH", number, 0)),
                                        (stun.PEER, stun.address(*peer))])

    def send(self, peer, data, *attrs):
        self.send_raw(stun.encode(stun.SEND, stun.INDICATION,
                                  [(stun.PEER, stun.address(*peer)), *attrs, (stun.DATA_ATTR, data)]))

    def channel_send(self, number, data, length=None):
        self.send_raw(struct.pack("!HH", number, len(data) if length is None else length) + data)

    def receive(self, timeout=WAIT_S):
        """(peer, data) of a Data indication, (number, data) of ChannelData, None."""
        got = self.inbox.pop(0) if self.inbox else self.receive_raw(timeout)
        if got is None:
            return None
        if 0x40 <= got[0] <= 0x7F:
            number, length = struct.unpack("!HH", got[:4])
            assert len(got) - 4 >= length, "ChannelData cut off"
            return number, got[4 : 4 + length]
        m = stun.Message(got)
        assert (m.method, m.cls) == (stun.DATA, stun.INDICATION), m
        return m.address(stun.PEER), m.get(stun.DATA_ATTR)


class Peer:
    """A UDP socket in the peer's namespace."""

    def __init__(self, host, address, port=0):
        self.sock = host.socket(family_of(address), bind=(address, port))
        self.address = self.sock.getsockname()[:2]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, to, data):
        self.sock.sendto(data, to)

    def receive(self, timeout=WAIT_S):
        """(data, from) or None."""
        self.sock.settimeout(timeout)
        try:
            data, source = self.sock.recvfrom(65535)
        except socket.timeout:
            return None
        return data, source[:2]


def token(size=16):
    return os.urandom(size)
