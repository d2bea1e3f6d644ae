# SPDX-License-Identifier: Apache-2.0
"""A veth between two namespaces: the server's end `vs`, the crowd's end `vc`."""

import os

from kit.lab import OFFLOADS
from kit.netns import Host, process_start, sh

SERVER_MAC, CROWD_MAC = "02:00:00:00:00:01", "02:00:00:00:00:c0"
SERVER = "198.18.0.1"
NEXT_HOP = "198.18.255.254"
FLUSH_NS, DEFER = 50000, 2  # busy polling as the kernel's documentation wants it: interrupts only as a timer


class Wire:
    """Made for one server; gone with close()."""

    count = 0

    def __init__(self, kernel):
        """`kernel`: the server uses the kernel's stack, so its end carries the address."""
        Wire.count += 1
        suffix = f"{os.getpid()}x{process_start(os.getpid())}n{900 + Wire.count}"
        self.server, self.crowd = Host(f"tp-relay-{suffix}"), Host(f"tp-client-{suffix}")
        sh("ip", "link", "add", "vs", "netns", self.server.name, "address", SERVER_MAC, "type", "veth",
           "peer", "name", "vc", "netns", self.crowd.name, "address", CROWD_MAC)
        for host, name in ((self.server, "vs"), (self.crowd, "vc")):
            for feature in OFFLOADS:
                host.run("ethtool", "-K", name, feature, "off", check=False)
            host.sysctl("net.ipv6.conf.all.disable_ipv6", 1)
            host.ip("link", "set", name, "up")
        if kernel:
            self._stack()
        else:
            self._busy(self.server, "vs")
        self._busy(self.crowd, "vc")

    def _stack(self):
        """One neighbour for all of the crowd: what is measured is the relay, not ARP."""
        s = self.server
        s.ip("addr", "add", f"{SERVER}/32", "dev", "vs")
        s.ip("neigh", "add", NEXT_HOP, "lladdr", CROWD_MAC, "nud", "permanent", "dev", "vs")
        s.ip("route", "add", "198.18.0.0/15", "via", NEXT_HOP, "dev", "vs", "onlink")
        for key in ("all", "default", "vs"):
            s.sysctl(f"net.ipv4.conf.{key}.rp_filter", 0)

    @staticmethod
    def _busy(host, name):
        for file, value in (("napi_defer_hard_irqs", DEFER), ("gro_flush_timeout", FLUSH_NS)):
            host.run("sh", "-c", f"echo {value} > /sys/class/net/{name}/{file}")

    def close(self):
        for host in (self.server, self.crowd):
            host.close()
