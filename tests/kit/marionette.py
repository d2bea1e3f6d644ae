# SPDX-License-Identifier: Apache-2.0
"""Firefox without a driver program: Marionette's frames are a length, a colon and JSON."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time

PREFERENCES = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "media.getusermedia.insecure.enabled": True,
    "media.devices.insecure.enabled": True,
    "datareporting.policy.dataSubmissionEnabled": False,
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
}


def _port_free():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Firefox:
    def __init__(self, wait_s=60, host=None):
        """host: a namespace of kit.netns that it lives in."""
        prefix = ("ip", "netns", "exec", host.name) if host else ()
        self.host = host
        self.folder = tempfile.mkdtemp(prefix="tp-firefox-")
        self.number = 0
        self.pending = b""
        port = _port_free()
        with open(os.path.join(self.folder, "user.js"), "w") as f:
            for name, value in {**PREFERENCES, "marionette.port": port}.items():
                f.write(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n")
        self.process = subprocess.Popen(
            [*prefix, "firefox-esr", "--headless", "--marionette", "--no-remote", "--profile", self.folder],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "HOME": self.folder})
        try:
            self._connect(port, time.monotonic() + wait_s)
            self.call("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {"acceptInsecureCerts": True}}})
        except Exception:
            self.close()
            raise

    def _connect(self, port, until):
        while True:
            try:
                self.socket = self._dial(port)
                break
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)
        self._read()  # its greeting

    def _dial(self, port):
        if not self.host:
            return socket.create_connection(("127.0.0.1", port), timeout=60)
        out = self.host.socket(kind=socket.SOCK_STREAM)
        out.settimeout(60)
        try:
            out.connect(("127.0.0.1", port))
        except OSError:
            out.close()
            raise
        return out

    def _read(self):
        while b":" not in self.pending:
            self._more()
        size, rest = self.pending.split(b":", 1)
        while len(rest) < int(size):
            self._more()
            size, rest = self.pending.split(b":", 1)
        self.pending = rest[int(size):]
        return json.loads(rest[:int(size)])

    def _more(self):
        more = self.socket.recv(65536)
        if not more:
            raise ConnectionError("Firefox closed the connection")
        self.pending += more

    def call(self, method, parameters):
        self.number += 1
        frame = json.dumps([0, self.number, method, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(frame), frame))
        _, number, error, result = self._read()
        assert number == self.number
        if error:
            raise RuntimeError(f"{method}: {error['message']}")
        return result

    def run(self, body, *arguments):
        """The body of an async function of (...arguments); its value."""
        script = ("const done = arguments[arguments.length - 1]; (async function() {" + body +
                  "}).apply(null, arguments).then((value) => done({value}), (error) => done({error: String(error)}));")
        out = self.call("WebDriver:ExecuteAsyncScript",
                        {"script": script, "args": list(arguments), "sandbox": None, "newSandbox": False,
                         "scriptTimeout": 30000})["value"]
        if "error" in out:
            raise RuntimeError(out["error"])
        return out.get("value")

    def close(self):
        if hasattr(self, "socket"):
            self.socket.close()
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
