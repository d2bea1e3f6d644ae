# SPDX-License-Identifier: Apache-2.0
"""Frames as bytes: written, sent and caught on an interface, headers read one by one."""

import ipaddress
import socket
import struct
import time
from types import SimpleNamespace

IP4, IP6, ARP, VLAN = 0x0800, 0x86DD, 0x0806, 0x8100
UDP, ICMP4, ICMP6 = 17, 1, 58
BROADCAST = b"\xff" * 6
ETH_P_ALL = 3
PACKET_OUTGOING = 4
SOL_PACKET, PACKET_AUXDATA = 263, 8
TAG_VALID = 1 << 4


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packed(address):
    return ipaddress.ip_address(address).packed


def pseudo(src, dst, proto, length):
    if len(src) == 4:
        return src + dst + struct.pack("!BBH", 0, proto, length)
    return src + dst + struct.pack("!II", length, proto)


def ether(dst, src, kind, payload, vlan=None):
    tag = b"" if vlan is None else struct.pack("!HH", VLAN, vlan)
    return dst + src + tag + struct.pack("!H", kind) + payload


def ip(src, dst, proto, payload, ttl=64, tos=0, flags=0x4000, ident=0, options=b""):
    """An IPv4 or IPv6 packet; flags: IPv4's flags and fragment offset."""
    s, d = packed(src), packed(dst)
    if len(s) == 16:
        return struct.pack("!IHBB", 6 << 28 | tos << 20, len(payload), proto, ttl) + s + d + payload
    words = 5 + len(options) // 4
    head = struct.pack("!BBHHHBBH", 0x40 | words, tos, words * 4 + len(payload), ident, flags, ttl, proto, 0)
    head += s + d + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def udp(src, dst, sport, dport, payload, sum_=None, length=None):
    length = 8 + len(payload) if length is None else length
    head = struct.pack("!HHHH", sport, dport, length, 0) + payload
    value = checksum(pseudo(packed(src), packed(dst), UDP, len(head)) + head) or 0xFFFF
    return head[:6] + struct.pack("!H", value if sum_ is None else sum_) + head[8:]


def icmp6(src, dst, body):
    value = checksum(pseudo(packed(src), packed(dst), ICMP6, len(body)) + body)
    return body[:2] + struct.pack("!H", value) + body[4:]


def icmp4(body):
    return body[:2] + struct.pack("!H", checksum(body)) + body[4:]


def arp(op, mac, sender, target, target_mac=bytes(6)):
    return struct.pack("!HHBBH", 1, IP4, 6, 4, op) + mac + packed(sender) + target_mac + packed(target)


def solicit(src, target, mac, dst=None):
    """A neighbour solicitation with its IPv6 header."""
    dst = dst or "ff02::1:ff" + target_tail(target)
    body = struct.pack("!BBHI", 135, 0, 0, 0) + packed(target) + (b"\1\1" + mac if mac else b"")
    return ip(src, dst, ICMP6, icmp6(src, dst, body), ttl=255)


def target_tail(address):
    tail = packed(address)[-3:]
    return f"{tail[0]:02x}:{tail[1]:02x}{tail[2]:02x}"


def group_mac(target):
    return b"\x33\x33\xff" + packed(target)[-3:]


def read(frame):
    """Facts of a frame; checksums are verified where there are any."""
    f = SimpleNamespace(frame=frame, dst_mac=frame[:6], src_mac=frame[6:12], vlan=None, proto=None,
                        src=None, dst=None, sport=None, dport=None)
    f.kind, at = struct.unpack("!H", frame[12:14])[0], 14
    if f.kind == VLAN:
        f.vlan, f.kind = struct.unpack("!HH", frame[14:18])
        at = 18
    if f.kind == IP4:
        _read_ip4(f, frame, at)
    elif f.kind == IP6:
        _read_ip6(f, frame, at)
    else:
        f.payload = frame[at:]
    if f.proto == UDP:
        _read_udp(f)
    return f


def _read_ip4(f, frame, at):
    size = (frame[at] & 15) * 4
    f.tos, total, f.ident, f.flags, f.ttl, f.proto = struct.unpack("!xBHHHBB", frame[at : at + 10])
    f.ip_ok = checksum(frame[at : at + size]) == 0
    f.df = bool(f.flags & 0x4000)
    f.raw_src, f.raw_dst = frame[at + 12 : at + 16], frame[at + 16 : at + 20]
    f.src, f.dst = (str(ipaddress.ip_address(x)) for x in (f.raw_src, f.raw_dst))
    f.l3_len, f.payload = total, frame[at + size : at + total]


def _read_ip6(f, frame, at):
    word, length, f.proto, f.ttl = struct.unpack("!IHBB", frame[at : at + 8])
    f.tos, f.flow, f.df, f.ip_ok = word >> 20 & 0xFF, word & 0xFFFFF, True, word >> 28 == 6
    f.raw_src, f.raw_dst = frame[at + 8 : at + 24], frame[at + 24 : at + 40]
    f.src, f.dst = (str(ipaddress.ip_address(x)) for x in (f.raw_src, f.raw_dst))
    f.l3_len, f.payload = 40 + length, frame[at + 40 : at + 40 + length]


def _read_udp(f):
    f.sport, f.dport, f.udp_len, f.udp_sum = struct.unpack("!HHHH", f.payload[:8])
    whole = pseudo(f.raw_src, f.raw_dst, UDP, len(f.payload)) + f.payload
    f.udp_ok = f.udp_len == len(f.payload) and (
        checksum(whole) == 0 if f.udp_sum else f.kind == IP4)
    f.data = f.payload[8:]


class Wire:
    """An AF_PACKET socket on one interface: sends whole frames, catches those that come in."""

    def __init__(self, host, device="eth0"):
        self.sock = host.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self.sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.sock.bind((device, ETH_P_ALL))
        self.mac = self.sock.getsockname()[4]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, frame):
        self.sock.send(frame)

    def catch(self, want, timeout=1.0):
        """The first incoming frame, read, for which want(facts) holds; None after the time."""
        end = time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            self.sock.settimeout(left)
            try:
                frame, extra, _, source = self.sock.recvmsg(65535, 64)
            except socket.timeout:
                return None
            if source[2] == PACKET_OUTGOING:
                continue
            facts = read(self._with_tag(frame, extra))
            if want(facts):
                return facts
        return None

    @staticmethod
    def _with_tag(frame, extra):
        """The kernel takes a VLAN tag off and tells it beside the frame."""
        for level, kind, data in extra:
            if (level, kind) == (SOL_PACKET, PACKET_AUXDATA):
                status, tci = struct.unpack("=I12xH", data[:18])
                if status & TAG_VALID:
                    return frame[:12] + struct.pack("!HH", VLAN, tci) + frame[12:]
        return frame

    def count(self, want, timeout):
        """How many such frames come in within the time."""
        n, end = 0, time.monotonic() + timeout
        while (left := end - time.monotonic()) > 0:
            n += self.catch(want, left) is not None
        return n
