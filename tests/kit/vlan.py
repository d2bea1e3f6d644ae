# SPDX-License-Identifier: Apache-2.0
"""A UDP socket made of tagged frames, for stations in a VLAN that the kernel knows nothing of."""

import struct

from kit import wire


class VlanSocket:
    """As much of a connected datagram socket as the tests use; answers who-has while it waits."""

    def __init__(self, host, address, port, vlan, relay_mac, device="eth0"):
        self.wire = wire.Wire(host, device)
        self.name, self.vlan, self.relay_mac = (address, port), vlan, relay_mac
        self.peer, self.timeout = None, 1.5

    def connect(self, peer):
        self.peer = peer

    def getsockname(self):
        return self.name

    def settimeout(self, seconds):
        self.timeout = seconds

    def fileno(self):
        return self.wire.sock.fileno()

    def close(self):
        self.wire.sock.close()

    def _frame(self, dst_mac, kind, packet):
        self.wire.send(wire.ether(dst_mac, self.wire.mac, kind, packet, self.vlan))

    def send(self, data):
        (src, sport), (dst, dport) = self.name, self.peer
        packet = wire.ip(src, dst, wire.UDP, wire.udp(src, dst, sport, dport, data))
        self._frame(self.relay_mac, wire.IP6 if ":" in src else wire.IP4, packet)

    def recv(self, _):
        got = self.wire.catch(self._is_mine, self.timeout)
        if got is None:
            raise TimeoutError
        return got.data

    def _is_mine(self, f):
        if f.vlan == self.vlan:
            self._answer(f)
        return (f.vlan == self.vlan and f.proto == wire.UDP and (f.dst, f.dport) == self.name
                and (f.src, f.sport) == self.peer)

    def _answer(self, f):
        me = wire.packed(self.name[0])
        if f.kind == wire.ARP and f.payload[7] == 1 and f.payload[24:28] == me:
            reply = struct.pack("!HHBBH", 1, wire.IP4, 6, 4, 2) + self.wire.mac + me + f.payload[8:18]
            self._frame(f.src_mac, wire.ARP, reply)
        elif f.proto == wire.ICMP6 and f.payload[0] == 135 and f.payload[8:24] == me:
            body = struct.pack("!BBHI", 136, 0, 0, 0x60000000) + me + b"\2\1" + self.wire.mac
            self._frame(f.src_mac, wire.IP6, wire.ip(self.name[0], f.src, wire.ICMP6,
                                                     wire.icmp6(self.name[0], f.src, body), ttl=255))
