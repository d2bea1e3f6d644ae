# SPDX-License-Identifier: Apache-2.0
"""turnpiked on a port that is a crowd: started, asked, stopped and continued.

A bench keeps all sides of a comparison alive at once and lets one run at a time (SIGSTOP, SIGCONT):
sessions are set up once, and A and B alternate within a second of each other.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import tempfile
import time

from kit import yaml_text
from kit.netns import die_with_parent
from kit.relay import BUILD

TURNPIKED = os.path.join(BUILD, "app/turnpiked/turnpiked")
NICE = -20  # hardly anybody else has the worker's core, as in production
TRIES = 8  # of a sample, while others take the worker's core
SERVERS = 4  # relay addresses: a client's is the one that it reached


def device(**load):
    """The device string of a crowd."""
    load = {"servers": SERVERS, **load}
    return "load0," + ",".join(f"{key}={value}" for key, value in load.items())


def be_urgent(pid):
    """Before all others; where sessions are scheduled as groups, its group too."""
    os.setpriority(os.PRIO_PROCESS, pid, NICE)
    with contextlib.suppress(OSError), open(f"/proc/{pid}/autogroup", "w") as f:
        f.write(str(NICE))


def waited_ns(pid, name=""):
    """How long a process' threads of that name wanted a core and did not get it: others were on it."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        folder = f"/proc/{pid}/task/{task}"
        with open(f"{folder}/comm") as comm, open(f"{folder}/schedstat") as stat:
            if name in comm.read():
                total += int(stat.read().split()[1])
    return total


def port(i, device_string, queues, servers, alone):
    """Port `i`: it has 198.18/15, or where there are two, a half of that."""
    addresses = [f"198.{18 + i}.0.{n + 1}/{15 if alone else 16}" for n in range(servers)]
    addresses += ["2001:2::1/48"] if alone and servers < 16 else []
    return {"name": f"p{i}", "device": device_string, "queues": queues, "addresses": addresses}


class Daemon:
    """turnpiked with a port for each device string."""

    def __init__(self, name, *devices, workers=(1,), queues=1, megabytes=96, hugepages=True, allocations=200000,
                 servers=SERVERS, idle="poll"):
        self.name, self.folder = name, tempfile.mkdtemp(prefix="tp-bench-")
        self.socket = f"{self.folder}/control.sock"
        self.config = {
            "node": {"name": "bench"},
            "cores": {"control": 0, "workers": list(workers), "idle": idle},
            "memory": {"hugepages": hugepages, "megabytes": megabytes},
            "ports": [port(i, d, queues, servers, len(devices) == 1) for i, d in enumerate(devices)],
            "control": {"socket": self.socket, "read_socket": f"{self.folder}/read.sock", "group": "root"},
            "http": {"listen": ""},
            "log": {"level": "warn"},
            "turn": {"realm": "turnpike.test", "users": [{"name": "alice", "password": "secret"}],
                     "relay_ports": "6000-65535", "limits": {"allocations": allocations},
                     "lifetimes": {"default": 3600, "maximum": 3600}},
        }
        self.process = None
        # A worker beside the control lane never has its core for itself.
        self.tries = 1 if 0 in workers else TRIES

    def start(self, prefix=()):
        file = f"{self.folder}/turnpike.yaml"
        with open(file, "w") as f:
            f.write(yaml_text.dump(self.config))
        with open(f"{self.folder}/log", "wb") as log:
            self.process = subprocess.Popen([*prefix, TURNPIKED, "--config", file], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, preexec_fn=die_with_parent,
                                            start_new_session=True)
        be_urgent(self.process.pid)
        self.wait(self.answers, 20)
        return self

    def wait(self, done, seconds):
        end = time.monotonic() + seconds
        while not done():
            if self.process.poll() is not None or time.monotonic() > end:
                with open(f"{self.folder}/log", errors="replace") as f:
                    raise RuntimeError(f"{self.name}: turnpiked {self.process.poll()}\n{f.read()[-2000:]}")
            time.sleep(0.01)

    def answers(self):
        try:
            return bool(self.call("node.status"))
        except OSError:  # not bound yet, or bound and not listening
            return False

    def call(self, method):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(10)
            s.connect(self.socket)
            s.sendall(json.dumps({"jsonrpc": "2.0", "id": 1, "method": method}).encode() + b"\n")
            return json.loads(s.makefile().readline())["result"]

    def load(self):
        answer = self.call("stats.load")
        first, *others = answer["ports"]
        for other in others:  # sums; latency is asked of one port only
            first = {key: value + other[key] if isinstance(value, int) else value for key, value in first.items()}
        return {"tsc_hz": answer["tsc_hz"], "tsc": answer["tsc"], **first}

    def wait_bound(self, sessions, seconds=120):
        self.wait(lambda: self.load()["bound"] >= sessions, seconds)

    def halt(self):
        os.kill(self.process.pid, signal.SIGSTOP)

    def resume(self):
        os.kill(self.process.pid, signal.SIGCONT)

    def stop(self):
        if self.process and self.process.poll() is None:
            self.resume()
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        subprocess.run(["rm", "-rf", self.folder], check=False)

    def waited_ns(self):
        return waited_ns(self.process.pid, "worker")

    def memory_bytes(self):
        """Resident, hugepages included."""
        with open(f"/proc/{self.process.pid}/status") as f:
            facts = dict(line.split(":", 1) for line in f)
        return sum(int(facts[key].split()[0]) * 1024 for key in ("VmRSS", "HugetlbPages"))
