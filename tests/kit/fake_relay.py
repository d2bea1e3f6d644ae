# SPDX-License-Identifier: Apache-2.0
"""A relay that only talks: serves the examples of app/turnpikectl/README.md over a Unix socket.

Run by hand:  python3 tests/kit/fake_relay.py SOCKET
"""
import json
import re
import socket
import sys
import threading
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "app/turnpikectl/README.md"
EXAMPLE = re.compile(r"^### (\S+)\n.*?```json\n(.*?)```", re.S | re.M)


EVENTS = re.compile(r"^```jsonl\n(.*?)^```", re.S | re.M)


def events():
    """The README's example of a stream of events."""
    return [json.loads(line) for line in EVENTS.search(README.read_text())[1].splitlines()]


def examples():
    return {name: json.loads(text) for name, text in EXAMPLE.findall(README.read_text())}


class FakeRelay:
    """`answers`: method -> result, or a function of the request that returns a result, raises
    Refusal, or returns bytes that are sent as they are (None: silence; b"": hang up)."""

    def __init__(self, path, answers=None):
        self.answers = examples() if answers is None else answers
        self.requests = []
        self.door = socket.socket(socket.AF_UNIX)
        self.door.bind(str(path))
        self.door.listen(8)
        threading.Thread(target=self.serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.door.close()

    def serve(self):
        while True:
            try:
                conn, _ = self.door.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(conn,), daemon=True).start()

    def talk(self, conn):
        try:
            for line in conn.makefile("rb"):
                request = json.loads(line)
                self.requests.append(request)
                reply = self.reply(request)
                if reply == b"":
                    break
                if reply is not None:
                    conn.sendall(reply)
                if request["method"] == "events.subscribe" and b"result" in (reply or b""):
                    for event in events():
                        note = {"jsonrpc": "2.0", "method": "event", "params": event}
                        conn.sendall(json.dumps(note).encode() + b"\n")
        except OSError:
            pass  # the other side had enough
        finally:
            conn.close()

    def reply(self, request):
        answer = self.answers.get(request["method"])
        body = {"jsonrpc": "2.0", "id": request["id"]}
        try:
            if answer is None:
                raise Refusal(-32601, "no such method")
            if callable(answer):
                answer = answer(request)
                if answer is None or isinstance(answer, bytes):
                    return answer
            body["result"] = answer
        except Refusal as refusal:
            body["error"] = refusal.error
        return json.dumps(body).encode() + b"\n"


class Refusal(Exception):
    def __init__(self, code, message, field=None):
        super().__init__(message)
        self.error = {"code": code, "message": message}
        if field:
            self.error["data"] = {"field": field}


if __name__ == "__main__":
    Path(sys.argv[1]).unlink(missing_ok=True)
    with FakeRelay(sys.argv[1]):
        threading.Event().wait()
