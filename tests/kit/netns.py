# SPDX-License-Identifier: Apache-2.0
"""Network namespaces of a test run: made, entered, swept away when their run is dead."""

import ctypes
import contextlib
import os
import re
import signal
import socket
import subprocess
import threading

CLONE_NEWNET = 0x40000000
PR_SET_PDEATHSIG = 1
NAME = re.compile(r"^tp-(client|peer|relay|switch)-(\d+)x(\d+)(?:n\d+)?$")

_libc = ctypes.CDLL(None, use_errno=True)
_enter_lock = threading.RLock()


def sh(*words, check=True):
    """Runs a command quietly; its output, or an exception that shows it."""
    done = subprocess.run([str(w) for w in words], capture_output=True, text=True)
    if check and done.returncode:
        raise RuntimeError(f"{' '.join(map(str, words))}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def process_start(pid):
    """Start time of a process in clock ticks since boot, or None: with the pid it names one process."""
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[19]
    except OSError:
        return None


def die_with_parent():
    """For preexec_fn: a child must not outlive the run."""
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Host:
    """A namespace that stands for a machine. Its sockets stay in it wherever they are used from."""

    def __init__(self, name):
        self.name = name
        sh("ip", "netns", "add", name)
        self.fd = os.open(f"/run/netns/{name}", os.O_RDONLY)
        self.ip("link", "set", "lo", "up")
        # Duplicate detection of link-local addresses would delay each interface by a second.
        self.sysctl("net.ipv6.conf.default.accept_dad", 0)
        self.sysctl("net.ipv6.conf.default.router_solicitations", 0)

    def ip(self, *words):
        return sh("ip", "-n", self.name, *words)

    def sysctl(self, key, value):
        self.run("sysctl", "-qw", f"{key}={value}")

    def run(self, *words, check=True):
        return sh("ip", "netns", "exec", self.name, *words, check=check)

    def start(self, words, **options):
        """Popen in the namespace; the child ends with us."""
        words = ["ip", "netns", "exec", self.name] + [str(w) for w in words]
        return subprocess.Popen(words, preexec_fn=die_with_parent, **options)

    @contextlib.contextmanager
    def entered(self):
        """The calling thread is in the namespace meanwhile."""
        with _enter_lock:
            home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
            try:
                self._set(self.fd)
                yield
            finally:
                self._set(home)
                os.close(home)

    @staticmethod
    def _set(fd):
        if _libc.setns(fd, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")

    def socket(self, family=socket.AF_INET, kind=socket.SOCK_DGRAM, proto=0, bind=None):
        with self.entered():
            s = socket.socket(family, kind, proto)
        if bind is not None:
            s.bind(bind)
        return s

    def close(self):
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1
        sh("ip", "netns", "del", self.name, check=False)


def sweep():
    """Removes namespaces of runs that are dead, and what runs in them."""
    for line in sh("ip", "netns", "list").splitlines():
        name = line.split()[0]
        match = NAME.match(name)
        if not match or process_start(match[2]) == match[3]:
            continue
        for pid in sh("ip", "netns", "pids", name, check=False).split():
            with contextlib.suppress(OSError):
                os.kill(int(pid), signal.SIGKILL)
        sh("ip", "netns", "del", name, check=False)
