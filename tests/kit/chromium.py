# SPDX-License-Identifier: Apache-2.0
"""Headless Chromium in the lab's namespaces: tests/interop/room.mjs at the other end of a pipe."""

import concurrent.futures
import itertools
import json
import os
import subprocess
import threading

from kit.netns import die_with_parent
from kit.relay import ROOT

INTEROP = os.path.join(ROOT, "tests/interop")
WAIT_S = 90


class Chromium:
    """Commands go out at once; each gives a future, or its value by `ask`."""

    def __init__(self):
        self.ids, self.futures, self.lock = itertools.count(), {}, threading.Lock()
        self.process = subprocess.Popen(["node", "room.mjs"], cwd=INTEROP, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, preexec_fn=die_with_parent)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            answer = json.loads(line)
            future = self.futures.pop(answer["id"])
            if "error" in answer:
                future.set_exception(RuntimeError(answer["error"]))
            else:
                future.set_result(answer["value"])
        for future in list(self.futures.values()):
            future.set_exception(RuntimeError("the browser's driver ended"))

    def send(self, op, **rest):
        future = concurrent.futures.Future()
        with self.lock:
            number = next(self.ids)
            self.futures[number] = future
            self.process.stdin.write(json.dumps({"id": number, "op": op, **rest}) + "\n")
            self.process.stdin.flush()
        return future

    def ask(self, op, **rest):
        return self.send(op, **rest).result(WAIT_S)

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def together(futures):
    """Values of all, in order."""
    return [f.result(WAIT_S) for f in futures]
