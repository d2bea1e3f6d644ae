# SPDX-License-Identifier: Apache-2.0
"""The relay as a process in the lab: started, stopped, asked over its control socket and HTTP."""

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import time

import kit.yaml_text

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("TURNPIKE_BUILD", os.path.join(ROOT, "build"))
TURNPIKED = os.path.join(BUILD, "app/turnpiked/turnpiked")
TURNPIKECTL = os.path.join(BUILD, "app/turnpikectl/turnpikectl")
READY_S = float(os.environ.get("TURNPIKE_READY_S", "20"))


class RpcError(Exception):
    def __init__(self, error):
        super().__init__(error.get("message"))
        self.code, self.data = error.get("code"), error.get("data")


class Relay:
    """turnpiked in the lab's relay namespace."""

    name = "turnpike"

    def __init__(self, lab, config):
        self.lab, self.config = lab, config
        self.process, self.exit_code = None, None
        serial = len(lab.relays)
        self.config_file = f"{lab.folder}/turnpike-{serial}.yaml"
        folder = os.environ.get("TURNPIKE_LOGS", lab.folder)
        os.makedirs(folder, exist_ok=True)
        self.log_file = os.path.join(folder, f"relay-{os.getpid()}-{id(self) & 0xffffff:x}.log")
        self.configure(config)

    def configure(self, config):
        """Writes the configuration file; the relay reads it at start or reload."""
        self.config = config
        with open(self.config_file, "w") as f:
            f.write(config if isinstance(config, str) else kit.yaml_text.dump(config))

    def command(self):
        return [TURNPIKED, "--config", self.config_file]

    def start(self):
        with open(self.log_file, "ab") as log:
            self.process = self.lab.relay_host.start(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def wait_ready(self):
        end = time.monotonic() + READY_S
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise RuntimeError(f"relay ended with {self.process.returncode}:\n{self.log_tail()}")
            if self.is_ready():
                return
            time.sleep(0.02)
        raise RuntimeError(f"relay not ready after {READY_S:.0f} s:\n{self.log_tail()}")

    def is_ready(self):
        return any(e.get("event") == "ready" for e in self.events())

    def events(self, name=None):
        """Lines of the log that are JSON objects."""
        out = []
        with open(self.log_file, errors="replace") as f:
            for line in f:
                if line.startswith("{"):
                    try:
                        out.append(json.loads(line))
                    except ValueError:
                        continue
        return [e for e in out if name is None or e.get("event") == name]

    def log_tail(self, lines=30):
        with open(self.log_file, errors="replace") as f:
            return "".join(f.readlines()[-lines:])

    def kill(self, number):
        self.process.send_signal(number)

    def stop(self, number=signal.SIGTERM, timeout=10):
        """Ends the process; its exit code."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            try:
                self.process.wait(timeout)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.exit_code = self.process.returncode if self.process else None
        return self.exit_code

    def alive(self):
        return self.process.poll() is None

    # --- asked from outside

    def call(self, method, socket_key="socket", **params):
        """One JSON-RPC request; its result or RpcError."""
        line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        answer = json.loads(self.exchange_line(line, socket_key))
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer["result"]

    def exchange_error(self, method, params, socket_key="socket"):
        """The error object of a request that must be refused."""
        return json.loads(self.exchange_line(json.dumps(
            {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}), socket_key))["error"]

    def exchange_line(self, line, socket_key="socket"):
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(5)
            s.connect(self.config["control"][socket_key])
            s.sendall(line.encode() + b"\n")
            return s.makefile().readline()

    def ctl(self, *words):
        """turnpikectl; the finished process."""
        return subprocess.run(
            [TURNPIKECTL, "-s", self.config["control"]["socket"], *map(str, words)],
            capture_output=True, text=True, timeout=20)

    def http(self, path, method="GET", headers=None, body=None):
        """(status, headers, body) over the management address."""
        c = http.client.HTTPConnection("127.0.0.1", 9478, timeout=5)
        c.sock = self.lab.relay_host.socket(kind=socket.SOCK_STREAM)
        c.sock.settimeout(5)
        c.sock.connect(("127.0.0.1", 9478))
        c.request(method, path, body=body, headers=headers or {})
        r = c.getresponse()
        return r.status, dict(r.getheaders()), r.read().decode()

    def metric(self, name, **labels):
        """Sum of a metric's samples whose labels match."""
        total = 0.0
        for line in self.http("/metrics")[2].splitlines():
            match = re.match(r"(\w+)(?:\{(.*)\})? (\S+)", line)
            if not match or match[1] != name:
                continue
            have = dict(re.findall(r'(\w+)="([^"]*)"', match[2] or ""))
            if all(have.get(k) == str(v) for k, v in labels.items()):
                total += float(match[3])
        return total

    def drops(self, settle=True):
        """stats.drops, read until nothing moves: the workers publish while we look."""
        last = self.call("stats.drops")
        for _ in range(50 if settle else 0):
            time.sleep(0.02)
            now = self.call("stats.drops")
            if now == last:
                break
            last = now
        return last

    def dropped(self, reason):
        return sum(w["drops"].get(reason, 0) for w in self.drops()["workers"])
