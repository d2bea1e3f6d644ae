# SPDX-License-Identifier: Apache-2.0
"""A server on core 1 and the crowd's program on core 0, joined by a device; alive or halted together."""

import contextlib
import json
import os
import signal
import subprocess
import tempfile

import host
from daemon import be_urgent, waited_ns
from kit.netns import die_with_parent
from kit.relay import BUILD

LOAD = os.path.join(BUILD, "tests/bench/load")
MACSWAP = os.path.join(BUILD, "tests/bench/macswap")
SOCKETS = os.path.join(BUILD, "tests/bench/sockets")
GENERATOR_CPU, SERVER_CPU = 0, 1


def eal(cpu, prefix, vdev):
    return ["-l", str(cpu), "--in-memory", "--no-pci", "-m", "96", "--no-telemetry", "--log-level", "4",
            "--file-prefix", prefix, "--vdev", vdev]


class Process:
    """A program with lines on both sides, in a scheduling group of its own."""

    def __init__(self, words, netns=None, cpu=None, quiet=False):
        words = (["ip", "netns", "exec", netns] if netns else []) + \
                (["taskset", "-c", str(cpu)] if cpu is not None else []) + [str(w) for w in words]
        self.log = tempfile.TemporaryFile()
        self.popen = subprocess.Popen(words, stdin=subprocess.PIPE, text=True, stderr=self.log,
                                      stdout=self.log if quiet else subprocess.PIPE,
                                      preexec_fn=die_with_parent, start_new_session=True)
        self.pid = self.popen.pid
        be_urgent(self.pid)

    def line(self):
        text = self.popen.stdout.readline()
        while text and not text.startswith(("{", "bound", "ready")):
            text = self.popen.stdout.readline()
        if not text:
            self.log.seek(0)
            raise RuntimeError(f"{self.popen.args}: {self.popen.wait()}\n{self.log.read().decode()[-2000:]}")
        return text.strip()

    def signal(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def stop(self):
        self.signal(signal.SIGCONT)
        self.popen.terminate()
        try:
            self.popen.wait(5)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            self.popen.wait()


class Pair:
    """`server` has stop() and a pid; the crowd starts here. A server that polls is measured again while
    others take its core."""

    TRIES, DISTURBED = 3, 0.02

    def __init__(self, name, server, load_words, netns=None, polling=None):
        self.name, self.server, self.polling = name, server, polling
        self.load = Process([LOAD, *load_words], netns, GENERATOR_CPU)

    def pids(self):
        return [self.load.pid, getattr(self.server, "process", self.server).pid]

    def wait_bound(self):
        while self.load.line() != "bound":
            continue

    def halt(self):
        for pid in self.pids():
            os.kill(pid, signal.SIGSTOP)

    def resume(self):
        for pid in reversed(self.pids()):
            os.kill(pid, signal.SIGCONT)

    def ask(self, pps, seconds):
        """One line of the crowd's."""
        self.load.popen.stdin.write(f"{int(pps)} {seconds}\n")
        self.load.popen.stdin.flush()
        return json.loads(self.load.line())

    def once(self, pps, seconds):
        before = [host.cpu_seconds(cpu) for cpu in (GENERATOR_CPU, SERVER_CPU)]
        waited = waited_ns(self.pids()[1], self.polling or "none")
        out = self.ask(pps, seconds)
        after = [host.cpu_seconds(cpu) for cpu in (GENERATOR_CPU, SERVER_CPU)]
        busy = [min(1, (b["busy"] - a["busy"]) / (b["at"] - a["at"])) for a, b in zip(before, after)]
        span = after[0]["at"] - before[0]["at"]
        waited = waited_ns(self.pids()[1], self.polling or "none") - waited
        return {**out, "offered": pps, "busy": busy[1], "busy_all": sum(busy), "disturbed": waited / span / 1e9}

    def measure(self, pps, seconds):
        tries = []
        while len(tries) < self.TRIES and (not tries or tries[-1]["disturbed"] > self.DISTURBED):
            tries.append(self.once(pps, seconds))
        return min(tries, key=lambda s: s["disturbed"])

    def stop(self):
        self.load.stop()
        self.server.stop()
