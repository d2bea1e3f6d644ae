# SPDX-License-Identifier: Apache-2.0
"""Firefox, aiortc and Chromium in one room: each is heard by the others."""

import json
import os
import subprocess
import time

import pytest

from kit.marionette import Firefox
from kit.relay import ROOT
from kit.room import DOOR, KEY, PITCH, STEP, Player, token_of

CONFIG = {"voice": {"tokens": {"keys": [KEY]}, "speakers": 3}}
FIREFOX_PITCH = 1000  # Hz of its fake microphone
JOIN = """
const [url, token, slots] = arguments;
const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
const stream = await navigator.mediaDevices.getUserMedia({ audio: true, fake: true });
pc.addTransceiver(stream.getTracks()[0], { direction: 'sendonly', streams: [stream] });
for (let i = 0; i < slots; i++) pc.addTransceiver('audio', { direction: 'recvonly' });
window.pc = pc;
window.sounds = [];
pc.ontrack = (event) => {
  const audio = new Audio();
  audio.srcObject = new MediaStream([event.track]);
  audio.play();
  window.sounds.push(audio);
};
await pc.setLocalDescription();
const reply = await fetch(url, { method: 'POST', body: pc.localDescription.sdp,
  headers: { Authorization: 'Bearer ' + token, 'Content-Type': 'application/sdp' } });
if (reply.status !== 201) throw new Error(reply.status + ' ' + await reply.text());
await pc.setRemoteDescription({ type: 'answer', sdp: await reply.text() });
"""
HEARD = """
const out = { state: window.pc.connectionState, voices: [], received: 0, lost: 0 };
for (const t of window.pc.getTransceivers()) {
  if (t.currentDirection !== 'recvonly') continue;
  for (const s of t.receiver.getContributingSources()) out.voices.push(s.source);
}
for (const s of (await window.pc.getStats()).values()) {
  if (s.type === 'inbound-rtp') { out.received += s.packetsReceived; out.lost += s.packetsLost; }
}
return out;
"""


@pytest.fixture
def firefox(lab):
    """Without a default route it would gather no address at all."""
    route = ("default", "via", "198.18.0.254", "dev", "eth0")
    lab.client.ip("route", "add", *route)
    browser = Firefox(host=lab.client)
    yield browser
    browser.close()
    lab.client.ip("route", "del", *route)


@pytest.fixture
def aiortc(lab, relay, door):
    made = []

    def start(room, name, pitch, slots):
        plan = {"url": f"{DOOR}/whip/{room}", "token": token_of(relay, room, name), "pitch": pitch, "slots": slots}
        made.append(lab.peer.start(["/usr/bin/python3", os.path.join(ROOT, "tests/kit/room_aiortc.py"),
                                    json.dumps(plan)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
        return made[-1]

    yield start
    for child in made:
        child.stdin.close()
        child.wait(20)


def near(pitches, wanted):
    return sum(any(abs(p - w) < STEP / 3 for p in pitches) for w in wanted) == len(wanted)


def test_all_engines_in_one_room(chromium, relay, door, firefox, aiortc):
    player = Player(chromium, relay, "chromium", 0, "peer")
    player.open().result(60)
    player.prepare(3).result(60)
    player.join("engines").result(60)
    child = aiortc("engines", "aiortc", PITCH + STEP * 2, 3)
    firefox.call("WebDriver:Navigate", {"url": f"{DOOR}/"})
    firefox.run(JOIN, f"{DOOR}/whip/engines", token_of(relay, "engines", "firefox"), 3)

    end = time.monotonic() + 30
    while True:
        by_chromium = [line["pitch"] for line in player.run("heard")]
        by_firefox = firefox.run(HEARD)
        by_aiortc = json.loads(child.stdout.readline())
        names = {p["voice_id"]: p["player"] for p in relay.call("player.list", room="engines")["players"]}
        heard = {"chromium": near(by_chromium, [FIREFOX_PITCH, PITCH + STEP * 2]),
                 "firefox": {names.get(v) for v in by_firefox["voices"]} == {"chromium", "aiortc"},
                 "aiortc": near(by_aiortc["pitches"], [FIREFOX_PITCH, PITCH])}
        if all(heard.values()):
            break
        assert time.monotonic() < end, (heard, by_chromium, by_firefox, by_aiortc)
        time.sleep(0.1)
    assert by_firefox["lost"] == 0 and by_firefox["received"] > 0
    assert player.stats()["lost"] == 0
    assert all(p["connected"] for p in relay.call("player.list", room="engines")["players"])
    player.close().result(30)
