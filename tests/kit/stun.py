# SPDX-License-Identifier: Apache-2.0
"""STUN and TURN messages as bytes (RFC 8489, RFC 8656): written with any mistake one likes, read strictly."""

import binascii
import hashlib
import hmac
import ipaddress
import os
import struct

COOKIE = 0x2112A442
BINDING, ALLOCATE, REFRESH, SEND, DATA, PERMIT, BIND = 1, 3, 4, 6, 7, 8, 9
REQUEST, INDICATION, SUCCESS, ERROR = 0, 1, 2, 3

MAPPED_ADDRESS, USERNAME, INTEGRITY, ERROR_CODE, UNKNOWN = 0x01, 0x06, 0x08, 0x09, 0x0A
CHANNEL_NUMBER, LIFETIME, PEER, DATA_ATTR, REALM, NONCE = 0x0C, 0x0D, 0x12, 0x13, 0x14, 0x15
RELAYED, FAMILY, EVEN_PORT, TRANSPORT, DONT_FRAGMENT = 0x16, 0x17, 0x18, 0x19, 0x1A
INTEGRITY256, ALGORITHM, USERHASH, XOR_MAPPED, TOKEN = 0x1C, 0x1D, 0x1E, 0x20, 0x22
ADDITIONAL_FAMILY, ADDRESS_ERROR, ALGORITHMS, ICMP = 0x8000, 0x8001, 0x8002, 0x8004
SOFTWARE, ALTERNATE_SERVER, FINGERPRINT = 0x8022, 0x8023, 0x8028

IP4, IP6 = b"\x01\0\0\0", b"\x02\0\0\0"  # values of the address family attributes
UDP = b"\x11\0\0\0"  # value of REQUESTED-TRANSPORT
SHA256_ALGORITHM = b"\0\2\0\0"
MD5_ALGORITHM = b"\0\1\0\0"
COOKIE_PREFIX = b"obMatJos2"  # nonces that carry security features begin so


def message_type(method, cls):
    return (method & 0xF) | (method & 0x70) << 1 | (method & 0xF80) << 2 | (cls & 1) << 4 | (cls & 2) << 7


def attribute(kind, value, pad=b"\0"):
    return struct.pack("!HH", kind, len(value)) + value + pad * (-len(value) % 4)


def xor_address(address, port, tid, xored=True):
    """Value of an address attribute."""
    ip = ipaddress.ip_address(address)
    mask = struct.pack("!I", COOKIE) + tid if xored else bytes(16)
    body = bytes(a ^ b for a, b in zip(ip.packed, mask))
    return struct.pack("!BBH", 0, 1 if ip.version == 4 else 2, port ^ (COOKIE >> 16 if xored else 0)) + body


def unxor_address(value, tid):
    family, port = value[1], struct.unpack("!H", value[2:4])[0] ^ COOKIE >> 16
    assert value[0] == 0 and family in (1, 2) and len(value) == (8 if family == 1 else 20), value.hex()
    mask = struct.pack("!I", COOKIE) + tid
    return str(ipaddress.ip_address(bytes(a ^ b for a, b in zip(value[4:], mask)))), port


def header(method, cls, length, tid, cookie=COOKIE):
    return struct.pack("!HHI", message_type(method, cls), length, cookie) + tid


def _with_length(msg, more):
    return msg[:2] + struct.pack("!H", len(msg) - 20 + more) + msg[4:]


def sign(msg, key):
    mac = hmac.new(key, _with_length(msg, 24), hashlib.sha1).digest()
    return _with_length(msg, 24) + attribute(INTEGRITY, mac)


def sign256(msg, key, length=32):
    mac = hmac.new(key, _with_length(msg, length + 4), hashlib.sha256).digest()[:length]
    return _with_length(msg, length + 4) + attribute(INTEGRITY256, mac)


def fingerprint(msg, spoil=0):
    head = _with_length(msg, 8)
    return head + attribute(FINGERPRINT, struct.pack("!I", binascii.crc32(head) ^ 0x5354554E ^ spoil))


def encode(method, cls, attrs=(), tid=None, cookie=COOKIE):
    """A message without integrity; values that are callable get the transaction id (addresses)."""
    tid = tid or os.urandom(12)
    body = b"".join(attribute(k, v(tid) if callable(v) else v) for k, v in attrs)
    return header(method, cls, len(body), tid, cookie) + body


def address(ip, port):
    """An address as an attribute's value, for `encode`."""
    return lambda tid: xor_address(ip, port, tid)


def append(msg, kind, value):
    """An attribute after all others, length mended."""
    out = msg + attribute(kind, value)
    return _with_length(out, 0)


class Message:
    """A message read; raises ValueError on anything that is not one."""

    def __init__(self, raw):
        if len(raw) < 20 or raw[0] & 0xC0:
            raise ValueError("no STUN message")
        kind, length, cookie = struct.unpack("!HHI", raw[:8])
        if cookie != COOKIE or length % 4 or length != len(raw) - 20:
            raise ValueError(f"header: length {length} of {len(raw)}, cookie {cookie:#x}")
        self.raw, self.tid = raw, raw[8:20]
        self.method = (kind & 0xF) | (kind >> 1 & 0x70) | (kind >> 2 & 0xF80)
        self.cls = (kind >> 4 & 1) | (kind >> 7 & 2)
        self.attrs, self.offsets = [], []
        at = 20
        while at < len(raw):
            if at + 4 > len(raw):
                raise ValueError("attribute header cut off")
            t, n = struct.unpack("!HH", raw[at : at + 4])
            if at + 4 + n > len(raw):
                raise ValueError(f"attribute {t:#x} longer than the message")
            self.attrs.append((t, raw[at + 4 : at + 4 + n]))
            self.offsets.append(at)
            at += 4 + n + (-n % 4)

    def __repr__(self):
        return f"<method {self.method:#x} class {self.cls} code {self.code} attrs {[hex(k) for k, _ in self.attrs]}>"

    def get(self, kind):
        return next((v for k, v in self.attrs if k == kind), None)

    def all(self, kind):
        return [v for k, v in self.attrs if k == kind]

    def has(self, kind):
        return self.get(kind) is not None

    @property
    def code(self):
        """0 for success, else the error code."""
        value = self.get(ERROR_CODE)
        return value[2] * 100 + value[3] if value else 0

    def alternate(self):
        """(address, port) of ALTERNATE-SERVER, which is not XORed."""
        value = self.get(ALTERNATE_SERVER)
        return str(ipaddress.ip_address(value[4:])), int.from_bytes(value[2:4], "big")

    def address(self, kind):
        value = self.get(kind)
        return unxor_address(value, self.tid) if value else None

    @property
    def relayed(self):
        return [unxor_address(v, self.tid) for v in self.all(RELAYED)]

    @property
    def lifetime(self):
        value = self.get(LIFETIME)
        return struct.unpack("!I", value)[0] if value else None

    @property
    def unknown(self):
        value = self.get(UNKNOWN) or b""
        return [struct.unpack("!H", value[i : i + 2])[0] for i in range(0, len(value), 2)]

    def _before(self, kind):
        i = [k for k, _ in self.attrs].index(kind)
        return self.raw[: self.offsets[i]], self.attrs[i][1]

    def integrity_ok(self, key):
        """MESSAGE-INTEGRITY or -SHA256, whichever is there, fits the key."""
        for kind, digest in ((INTEGRITY256, hashlib.sha256), (INTEGRITY, hashlib.sha1)):
            if self.has(kind):
                head, mac = self._before(kind)
                want = hmac.new(key, _with_length(head, len(mac) + 4), digest).digest()
                return want[: len(mac)] == mac
        return False

    def fingerprint_ok(self):
        head, value = self._before(FINGERPRINT)
        return struct.unpack("!I", value)[0] == binascii.crc32(_with_length(head, 8)) ^ 0x5354554E


def key_md5(user, realm, password):
    return hashlib.md5(f"{user}:{realm}:{password}".encode()).digest()


def key_sha256(user, realm, password):
    return hashlib.sha256(f"{user}:{realm}:{password}".encode()).digest()


def userhash(user, realm):
    return hashlib.sha256(f"{user}:{realm}".encode()).digest()
