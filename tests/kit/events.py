# SPDX-License-Identifier: Apache-2.0
"""A subscriber of events.subscribe, and a receiver of the webhook."""

import hashlib
import hmac
import http.server
import json
import socket
import threading
import time


class Subscriber:
    """Subscribes and reads line by line; `read` off: it never reads after the reply."""

    def __init__(self, relay, socket_key="socket", **params):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(5)
        self.sock.connect(relay.config["control"][socket_key])
        self.rest = b""
        self.sock.sendall(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "events.subscribe",
                                      "params": params}).encode() + b"\n")
        self.reply = json.loads(self.line(5))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def line(self, timeout):
        """The next line, None when none came in time, b"" at the end."""
        end = time.monotonic() + timeout
        while b"\n" not in self.rest:
            left = end - time.monotonic()
            if left <= 0:
                return None
            self.sock.settimeout(left)
            try:
                got = self.sock.recv(65536)
            except socket.timeout:
                return None
            if not got:
                return b""
            self.rest += got
        line, self.rest = self.rest.split(b"\n", 1)
        return line

    def next(self, timeout=3):
        line = self.line(timeout)
        if not line:
            return None
        message = json.loads(line)
        assert message["method"] == "event" and "id" not in message
        return message["params"]

    def until(self, kind, timeout=10):
        """All events up to the first of this kind, which must come."""
        out, end = [], time.monotonic() + timeout
        while time.monotonic() < end:
            event = self.next(end - time.monotonic())
            if event is None:
                break
            out.append(event)
            if event["kind"] == kind:
                return out
        raise AssertionError(f"no {kind} within {timeout} s, only {out[-5:]}")

    def quiet(self, wait=0.3):
        return self.next(wait) is None


class Receiver:
    """An HTTP server in a namespace; fails the first `failures` posts with 500."""

    def __init__(self, host, secret, failures=0):
        self.secret, self.failures = secret, failures
        self.events, self.statuses, self.wrong = [], [], []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                receiver.post(self)

            def log_message(self, *_):
                pass

        with host.entered():
            self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def post(self, request):
        body = request.rfile.read(int(request.headers["Content-Length"]))
        parts = dict(p.split("=", 1) for p in request.headers["Turnpike-Signature"].split(","))
        right = hmac.new(self.secret.encode(), parts["t"].encode() + b"." + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(right, parts["v1"]) or abs(time.time() - int(parts["t"])) > 60:
            self.wrong.append(parts)
        status = 500 if len(self.statuses) < self.failures else 204
        self.statuses.append(status)
        if status == 204:
            self.events += json.loads(body)["events"]
        request.send_response(status)
        request.send_header("Content-Length", "0")
        request.end_headers()

    def wait(self, kind, timeout=20):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if any(e["kind"] == kind for e in self.events):
                return
            time.sleep(0.05)
        raise AssertionError(f"no {kind} was posted: {self.events}, {self.statuses}")

    def close(self):
        self.server.shutdown()
        self.server.server_close()
