# SPDX-License-Identifier: Apache-2.0
"""Players of the room tests: Chromium pages that play a tone each, and the demo's backend that lets them in."""

import itertools
import os
import signal
import socket
import subprocess
import time

from kit.chromium import INTEROP, together
from kit.netns import die_with_parent
from kit.relay import ROOT

DOOR = "http://localhost:8080"
KEY = {"id": "k1", "algorithm": "HS256", "secret": "0123456789abcdef0123456789abcdef"}
PITCH, STEP = 400, 150  # Hz of the first player's tone, between two; further apart than Opus blurs
_count = itertools.count()


class Door:
    """tools/demo-serve beside the relay, reached at localhost in the namespaces of those who play."""

    def __init__(self, lab, relay, listening=None):
        listening = listening or [self._bound(host) for host in (lab.client, lab.peer)]
        words = [os.path.join(ROOT, "tools/demo-serve"), "--config", relay.config_file,
                 "--control", relay.config["control"]["socket"]]
        for s in listening:
            words += ["--fd", str(s.fileno())]
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", lab.relay_host.name, *words], pass_fds=[s.fileno() for s in listening],
            preexec_fn=die_with_parent)
        for s in listening:
            s.listen(64)  # who comes early waits
            s.close()

    @staticmethod
    def _bound(host):
        s = host.socket(kind=socket.SOCK_STREAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("0.0.0.0", 8080))
        return s

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)


def token_of(relay, room, player):
    signed = relay.ctl("token", "sign", "--config", relay.config_file, "--room", room, "--player", player)
    assert signed.returncode == 0, signed.stderr
    return signed.stdout.strip()


class Player:
    """A page of its own in one of the browsers `client` and `peer`."""

    def __init__(self, chromium, relay, name, number, where="client"):
        self.chromium, self.relay, self.name, self.where = chromium, relay, name, where
        self.page = f"{name}-{next(_count)}"
        self.pitch = PITCH + STEP * number
        self.times = None

    def open(self):
        return self.chromium.send("page", name=self.page, browser=self.where, url=f"{DOOR}/",
                                  script=os.path.join(INTEROP, "room_page.js"))

    def send(self, fn, **arg):
        return self.chromium.send("run", page=self.page, fn=fn, arg=arg)

    def run(self, fn, **arg):
        return self.send(fn, **arg).result(60)

    def prepare(self, slots, loudness=0.2):
        return self.send("prepare", pitch=self.pitch, slots=slots, loudness=loudness)

    def join(self, room, listen=False):
        return self.send("join", url=f"{DOOR}/whip/{room}", token=token_of(self.relay, room, self.name), listen=listen)

    def say(self, loudness):
        self.chromium.ask("run", page=self.page, fn="say", arg=loudness)

    def reload(self):
        self.chromium.ask("do", page=self.page, method="reload")

    def stats(self):
        return self.run("stats")

    def close(self):
        return self.chromium.send("close", page=self.page)


class Room:
    """So many players in one room, alternately in both browsers, each with a tone of its own."""

    def __init__(self, chromium, relay, name, loudness, slots):
        self.chromium, self.relay, self.name = chromium, relay, name
        self.players = [Player(chromium, relay, f"p{i}", i, ("client", "peer")[i % 2]) for i in range(len(loudness))]
        together([p.open() for p in self.players])
        together([p.prepare(slots, level) for p, level in zip(self.players, loudness)])
        together([p.join(name) for p in self.players])

    def call(self, method, player, **rest):
        return self.relay.call(method, room=self.name, player=player.name, **rest)

    def listed(self):
        return self.relay.call("player.list", room=self.name)["players"]

    def heard(self, player):
        """Names of those whose tones come out at the player's, and of those that the packets name."""
        voices = {p["voice_id"]: p["player"] for p in self.listed()}
        by_ear, by_source = [], []
        for line in player.run("heard"):
            near = [p.name for p in self.players if abs(p.pitch - line["pitch"]) < STEP / 3]
            by_ear += near or [f"{line['pitch']:.0f} Hz"]
            by_source.append(voices.get(line["voice"], f"voice {line['voice']}"))
        return sorted(by_ear), sorted(by_source)

    def hears(self, player, *others, wait_s=15):
        """Waits until the player hears exactly these others, by ear and by name; then it is well."""
        wanted, end = sorted(p.name for p in others), time.monotonic() + wait_s
        while True:
            found = self.heard(player)
            if found == (wanted, wanted):
                return
            assert time.monotonic() < end, f"{player.name} hears {found[0]}, named {found[1]}, not {wanted}"
            time.sleep(0.05)

    def stats(self):
        return together([p.send("stats") for p in self.players])

    def close(self):
        together([p.close() for p in self.players])
        self.relay.call("room.delete", room=self.name)
