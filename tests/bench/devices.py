# SPDX-License-Identifier: Apache-2.0
"""Over devices: the server on core 1, the crowd as a program on core 0.

A core that polls is always busy, so what is compared is the most that a side delivers, a second of the
server's core. On veth a frame is received by softirq on the core that sent it, unless the receiver polls:
DPDK's does and pays for itself; the kernel's receive path of coturn and of the sockets is paid by the
crowd's core, which favours them.
"""

import contextlib
import shutil
import statistics
import tempfile
import time

from daemon import Daemon
from pair import MACSWAP, SERVER_CPU, SOCKETS, Pair, Process, eal
from row import row
from wire import SERVER, SERVER_MAC, Wire

SESSIONS = 1000
LADDER = {  # packets a second that are offered in the first round, which is thrown away
    "memif": (0,),
    "xdp": (600e3, 800e3, 1000e3, 1200e3),
    "kernel": (150e3, 200e3, 250e3, 300e3, 350e3, 400e3),
}
COTURN = ("-n", "-m", "1", "--no-cli", "--no-tls", "--no-dtls", "--no-tcp", "--lt-cred-mech", "--realm",
          "turnpike.test", "-u", "alice:secret", "--log-file", "/dev/null", "--simple-log", "-L", SERVER, "-E",
          SERVER, "--min-port", "6000", "--max-port", "65535", "--no-multicast-peers")


def _crowd(served, payload=160):
    way = "up" if served == "echo" else "both"
    return ["--", SERVER_MAC, f"load0,sessions={SESSIONS},payload={payload},way={way},served={served}"]


class Bench:
    """The pairs of a comparison and what has to be taken down after it."""

    def __init__(self):
        self.stack = contextlib.ExitStack()
        self.folder = tempfile.mkdtemp(prefix="tp-bench-")
        self.stack.callback(shutil.rmtree, self.folder, True)
        self.pairs = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stack.close()

    def add(self, name, server, words, ladder, netns=None, polling=None):
        pair = Pair(name, server, words, netns, polling)
        self.stack.callback(pair.stop)
        pair.ladder = LADDER[ladder]
        self.pairs.append(pair)
        pair.wait_bound()
        pair.halt()

    def wire(self, kernel):
        wire = Wire(kernel)
        self.stack.callback(wire.close)
        return wire

    # --- sides

    def _memif(self, role, name):
        return f"net_memif0,role={role},socket={self.folder}/{name}.sock,socket-abstract=no,id=0"

    def memif(self, name, served, start, **sizes):
        server = start(self._memif("server", name) + f",mac={SERVER_MAC}", None)
        self.add(name, server, [*eal(0, f"tpl-{name}", self._memif("client", name)), *_crowd(served, **sizes)],
                 "memif", polling="worker" if served == "turn" else "macswap")

    def xdp(self, name, served, start):
        wire = self.wire(False)
        server = start("net_af_xdp0,iface=vs", wire.server.name)
        self.add(name, server, [*eal(0, f"tpl-{name}", "net_af_xdp0,iface=vc"), *_crowd(served)], "xdp",
                 wire.crowd.name, "worker" if served == "turn" else "macswap")

    def kernel(self, name, served, words):
        wire = self.wire(True)
        server = Process(words, wire.server.name, SERVER_CPU, quiet=True)
        time.sleep(1)
        self.add(name, server, [*eal(0, f"tpl-{name}", "net_af_xdp0,iface=vc"), *_crowd(served)], "kernel",
                 wire.crowd.name)

    def coturn(self):
        extra = ["--userdb", f"{self.folder}/turndb", "--pidfile", f"{self.folder}/pid"]
        self.kernel("coturn", "turn", ["turnserver", *COTURN, *extra])

    def sockets(self):
        self.kernel("sockets", "table", [SOCKETS, SERVER, "198.18.16.0", "198.18.64.0", SESSIONS])


def macswap(vdev, netns):
    process = Process([MACSWAP, *eal(SERVER_CPU, "tpm-" + (netns or "memif"), vdev)], netns, SERVER_CPU)
    process.line()
    return process


def turnpike(vdev, netns):
    d = Daemon("turnpike", vdev, servers=1)
    return d.start(["ip", "netns", "exec", netns] if netns else [])


# --- Measuring

def _best(pair, seconds):
    """The offered rate of the ladder at which most arrives."""
    return max((pair.measure(pps, seconds) for pps in pair.ladder), key=lambda s: s["mpps"])["offered"]


def _merge(samples):
    out = {key: statistics.median(s[key] for s in samples) for key in samples[0]}
    out["wrong"] = sum(s["wrong"] for s in samples)
    out["rounds"] = [round(s["mpps"], 3) for s in samples]
    out["per_cpu_s"] = out["mpps"] * 1e6 / max(out["busy"], 0.01)
    return out


def alternate(run, pairs):
    """{name: the most it delivers, and how it does at half of that}"""
    best, full, half = {}, {p.name: [] for p in pairs}, {p.name: [] for p in pairs}
    for turn in range(run.rounds + 1):
        for p in pairs:
            p.resume()
            if not turn:
                best[p.name] = _best(p, run.seconds)
            else:
                full[p.name].append(p.measure(best[p.name], run.seconds))
                half[p.name].append(p.measure(full[p.name][-1]["mpps"] * 5e5, run.seconds))
            p.halt()
    seen = {name: {**_merge(samples), "half": _merge(half[name])} for name, samples in full.items()}
    for name, s in seen.items():
        if s["wrong"]:
            run.faults.append(f"{name}: {s['wrong']} damaged or misdirected")
    run.samples.update({f"device: {name}": s for name, s in seen.items()})
    return seen


def _rate(run, group, name, s):
    run.add(row(group, name, s["mpps"], "Mpps", note=f"rounds {s['rounds']}; core {s['busy']:.0%} busy; at half of "
                f"it p50 {s['half']['p50_us']:.0f}, p99 {s['half']['p99_us']:.0f} µs from crowd to crowd"))


def measure(run):
    group = f"Over devices, {SESSIONS:,} sessions, 160 bytes, channels both ways (server on core 1)"
    with Bench() as b:
        b.memif("macswap on memif", "echo", macswap)
        b.memif("turnpike on memif", "turn", turnpike)
        b.xdp("macswap on AF_XDP", "echo", macswap)
        b.xdp("turnpike on AF_XDP", "turn", turnpike)
        b.coturn()
        b.sockets()
        seen = alternate(run, b.pairs)
    for name, s in seen.items():
        _rate(run, group, name, s)
    _ratios(run, group, seen)


def _ratios(run, group, seen):
    for device in ("memif", "AF_XDP"):
        ours, bound = seen[f"turnpike on {device}"], seen[f"macswap on {device}"]
        run.add(row(group, f"{device}: turnpike / macswap", ours["mpps"] / bound["mpps"], "ratio", least=0.9))
    coturn, sockets = seen["coturn"]["per_cpu_s"], seen["sockets"]["per_cpu_s"]
    for device, least in (("AF_XDP", 3), ("memif", 30)):
        ours = seen[f"turnpike on {device}"]["per_cpu_s"]
        run.add(row(group, f"{device}: packets a CPU second, turnpike / coturn", ours / coturn, "ratio", least=least))
        run.add(row(group, f"{device}: packets a CPU second, turnpike / sockets", ours / sockets, "ratio"))
