# SPDX-License-Identifier: Apache-2.0
"""Players for tests: offers, tokens, and real ones made of aiortc."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import time

GOLDEN = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "golden/sdp")

SECRET = "a secret of at least thirty-two bytes!"
CONFIG = {"voice": {"tokens": {"keys": [{"id": "k1", "algorithm": "HS256", "secret": SECRET}]}}}

with open(f"{GOLDEN}/aiortc.offer", newline="") as _f:
    OFFER = _f.read()


def token(**claims):
    """A session token of the key `k1`, signed as a game's backend would."""
    def part(value):
        raw = value if isinstance(value, bytes) else json.dumps(value).encode()
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    now = int(time.time())
    claims = {"iat": now, "exp": now + 600, "speak": True, "listen": True, **claims}
    signed = part({"alg": "HS256", "kid": "k1"}) + "." + part({k: v for k, v in claims.items() if v is not None})
    return signed + "." + part(hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).digest())


class Player:
    """An aiortc player in a process of its own, in a host's namespace: sends a tone, tells what it hears."""

    def __init__(self, host, tone, slots=3):
        self.process = host.start(["/usr/bin/python3", os.path.join(os.path.dirname(__file__), "voice_player.py"),
                                   str(tone), str(slots)],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.offer = self.read()["offer"]

    def read(self):
        line = self.process.stdout.readline()
        assert line, self.process.stderr.read()
        return json.loads(line)

    def answer(self, sdp):
        self.process.stdin.write(json.dumps(sdp) + "\n")
        self.process.stdin.flush()

    def drop(self, share):
        """From now on so much of what it sends is lost."""
        self.process.stdin.write(f"drop {share}\n")
        self.process.stdin.flush()

    def heard(self):
        """Pitches of the last 200 ms, one a voice, rising; and the connection's state."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.read()

    def hears(self, tones, within_s=20):
        """Waits until exactly these are heard (as they are told apart by 100 Hz)."""
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            heard = self.heard()
            if sorted(round(f / 100) * 100 for f in heard["tones"]) == sorted(tones):
                return True
            time.sleep(0.1)
        raise AssertionError(f"wanted {tones}, heard {heard}")

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pipe in (self.process.stdout, self.process.stderr):
            pipe.close()
