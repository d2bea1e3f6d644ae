# SPDX-License-Identifier: Apache-2.0
"""The lab: client, peer and relay in namespaces of their own, joined by veth pairs.

One port: client, peer and the relay's `vs` hang on a bridge in a fourth namespace. Two ports: the
client on `vs`, the peer on `vp`. The relay's interfaces carry no address: AF_XDP takes their frames.
"""

import atexit
import copy
import itertools
import os
import shutil
import signal
import tempfile
import threading

from kit.netns import Host, process_start, sh, sweep
from kit.relay import Relay

NET4, NET6 = "198.18.0.0/15", "2001:2::/48"
RELAY4, RELAY6 = "198.18.0.1", "2001:2::1"
CLIENT4, CLIENT6 = "198.18.0.2", "2001:2::2"
PEER4, PEER6 = "198.18.0.3", "2001:2::3"
FAR_RELAY4, FAR_RELAY6 = "198.19.0.1", "2001:2:0:1::1"
FAR_PEER4, FAR_PEER6 = "198.19.0.3", "2001:2:0:1::3"
MANY4 = "198.18.64.0/18"  # more addresses of the client: whoever binds one has it
OFFLOADS = "rx tx sg tso gso gro lro rxvlan txvlan ufo".split()

_open_labs = []
_count = itertools.count()


def merge(base, changes):
    """`base` with `changes` on top, maps merged, lists and values replaced."""
    out = copy.deepcopy(base)
    for key, value in (changes or {}).items():
        if isinstance(value, dict) and isinstance(out.get(key), dict):
            out[key] = merge(out[key], value)
        else:
            out[key] = copy.deepcopy(value)
    return out


def hugepages_free_mb():
    with open("/proc/meminfo") as f:
        facts = dict(line.split(":", 1) for line in f)
    return int(facts["HugePages_Free"]) * int(facts["Hugepagesize"].split()[0]) // 1024


class Lab:
    """with Lab() as lab: lab.client, lab.peer, lab.start(config)."""

    def __init__(self, ports=1, queues=1, mtu=1500):
        self.ports, self.queues, self.mtu = ports, queues, mtu
        self.peer4, self.peer6 = (PEER4, PEER6) if ports == 1 else (FAR_PEER4, FAR_PEER6)
        self.hosts, self.relays = [], []
        self.folder = None

    def __enter__(self):
        self.open()
        return self

    def __exit__(self, *_):
        self.close()

    def open(self):
        sweep()
        _handlers_set()
        _open_labs.append(self)
        try:
            self._build()
        except BaseException:
            self.close()
            raise

    def close(self):
        for relay in self.relays:
            relay.stop()
        for host in self.hosts:
            host.close()
        self.hosts, self.relays = [], []
        if self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
        if self in _open_labs:
            _open_labs.remove(self)

    def start(self, changes=None, kind=Relay, wait=True):
        """Starts a relay with the lab's configuration and these changes."""
        relay = kind(self, merge(self.config(), changes))
        self.relays.append(relay)
        relay.start()
        if wait:
            relay.wait_ready()
        return relay

    def config(self):
        # net_af_xdp takes veth for a device of one queue, whatever it was made with.
        device = "net_af_xdp{},iface={}" if self.queues == 1 else f"net_af_packet{{}},iface={{}},qpairs={self.queues}"
        names = [("vs", RELAY4, RELAY6), ("vp", FAR_RELAY4, FAR_RELAY6)][: self.ports]
        ports = [
            {"name": "wan" if i == 0 else "lan", "device": device.format(i, name), "queues": self.queues,
             "addresses": [f"{a4}/16", f"{a6}/64"], "mtu": self.mtu}
            for i, (name, a4, a6) in enumerate(names)
        ]
        return {
            "node": {"name": "lab", "region": "test"},
            "cores": {"control": 0, "workers": [1]},
            "memory": {"hugepages": hugepages_free_mb() >= 256, "megabytes": 256},
            "ports": ports,
            "control": {"socket": f"{self.folder}/control.sock", "read_socket": f"{self.folder}/read.sock",
                        "group": "root"},
            "http": {"listen": "127.0.0.1:9478"},
            "capture": {"directory": f"{self.folder}/captures"},
            "log": {"level": "info", "format": "json"},
            "turn": {
                "realm": "turnpike.test",
                "users": [{"name": "alice", "password": "secret"}, {"name": "bob", "password": "hunter2"}],
                "shared_secrets": ["s3cret"],
            },
        }

    def _build(self):
        self.folder = tempfile.mkdtemp(prefix="tp-lab-")
        suffix = f"{os.getpid()}x{process_start(os.getpid())}n{next(_count)}"
        self.client, self.peer, self.relay_host = (self._host(n, suffix) for n in ("client", "peer", "relay"))
        if self.ports == 1:
            self._build_switch(suffix)
        else:
            self._wire(self.relay_host, "vs", self.client, "eth0", self.queues)
            self._wire(self.relay_host, "vp", self.peer, "eth0", self.queues)
        self._address(self.client, CLIENT4, CLIENT6)
        self._address(self.peer, self.peer4, self.peer6)
        self.client.ip("route", "add", "local", MANY4, "dev", "lo")

    def _host(self, name, suffix):
        host = Host(f"tp-{name}-{suffix}")
        self.hosts.append(host)
        return host

    def _build_switch(self, suffix):
        self.switch = self._host("switch", suffix)
        for table in ("ip", "ip6", "arp"):  # a switch has no opinion of what it carries
            self.switch.run("sysctl", "-qw", f"net.bridge.bridge-nf-call-{table}tables=0", check=False)
        self.switch.ip("link", "add", "br0", "mtu", self.mtu, "type", "bridge", "mcast_snooping", "0")
        self.switch.ip("link", "set", "br0", "up")
        self._wire(self.relay_host, "vs", self.switch, "relay", self.queues)
        self._wire(self.client, "eth0", self.switch, "client", self.queues)
        self._wire(self.peer, "eth0", self.switch, "peer", self.queues)
        for port in ("relay", "client", "peer"):
            self.switch.ip("link", "set", port, "master", "br0")

    def _wire(self, a, a_name, b, b_name, queues):
        width = ["numrxqueues", queues, "numtxqueues", queues]
        sh("ip", "link", "add", a_name, "netns", a.name, "mtu", self.mtu, *width, "type", "veth",
           "peer", "name", b_name, "netns", b.name, "mtu", self.mtu, *width)
        for host, name in ((a, a_name), (b, b_name)):
            # Unfinished checksums, merged segments and stripped tags are no frames of a wire.
            for feature in OFFLOADS:
                host.run("ethtool", "-K", name, feature, "off", check=False)
            host.sysctl(f"net.ipv6.conf.{name}.accept_dad", 0)
            host.ip("link", "set", name, "up")
        if a is self.relay_host:
            a.sysctl(f"net.ipv6.conf.{a_name}.disable_ipv6", 1)

    def _address(self, host, a4, a6):
        host.ip("addr", "add", f"{a4}/16", "dev", "eth0")
        host.ip("addr", "add", f"{a6}/64", "dev", "eth0", "nodad")


def _close_all(*_):
    for lab in list(_open_labs):
        lab.close()


def _on_signal(number, _frame):
    _close_all()
    raise SystemExit(128 + number)


def _handlers_set():
    if getattr(_handlers_set, "done", False):
        return
    _handlers_set.done = True
    atexit.register(_close_all)
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _on_signal)
