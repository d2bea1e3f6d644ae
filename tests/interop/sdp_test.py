# SPDX-License-Identifier: Apache-2.0
"""Real clients make an offer, lib/sdp answers, and they take the answer for what it says."""

import json
import os
import subprocess

import pytest

from kit.marionette import Firefox

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.environ.get("TURNPIKE_BUILD", os.path.join(ROOT, "build"))
SLOTS = 10
LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
PLANS = [{"slots": SLOTS, "video": True, "data": True}, {"slots": 3, "both": True, "bundle": "max-bundle"},
         {"slots": 0, "bundle": "max-compat"}]


def answered(offer):
    program = os.path.join(BUILD, "tests/interop/sdp_answer")
    done = subprocess.run([program], input=offer.encode(), capture_output=True, timeout=10)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def lines_wanted(plan):
    """What the offerer must think of each of its audio lines."""
    voice = "sendrecv" if plan.get("both") else "sendonly"
    return [voice] + ["recvonly"] * plan["slots"]


@pytest.mark.parametrize("plan", PLANS, ids=["slots", "max-bundle", "one line"])
def test_chromium(plan):
    with subprocess.Popen(["node", "offer.mjs", json.dumps(plan)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, cwd=HERE) as node:
        offer = json.loads(node.stdout.readline())["offer"]
        out, err = node.communicate(json.dumps({"answer": answered(offer)}) + "\n", timeout=60)
    result = json.loads(out)
    assert "error" not in result, result["error"]
    assert result["signaling"] == "stable"
    # A refused video line is stopped, and Chromium lists stopped ones no longer.
    audio = [line for line in result["lines"] if not line["stopped"]]
    assert [line["direction"] for line in audio] == lines_wanted(plan)
    for line in audio:
        if line["direction"] != "sendonly":
            assert LEVEL in line["extensions"]
            assert {"audio/opus", "audio/red"} <= set(line["codecs"])


FIREFOX_OFFER = """
const [plan] = arguments;
const pc = new RTCPeerConnection();
const stream = await navigator.mediaDevices.getUserMedia({ audio: true, fake: true });
pc.addTransceiver(stream.getTracks()[0],
  { direction: plan.both ? 'sendrecv' : 'sendonly', streams: [stream] });
for (let i = 0; i < plan.slots; i++) pc.addTransceiver('audio', { direction: 'recvonly' });
if (plan.video) pc.addTransceiver('video', { direction: 'recvonly' });
if (plan.data) pc.createDataChannel('chat');
window.pc = pc;
await pc.setLocalDescription();
return pc.localDescription.sdp;
"""
FIREFOX_ANSWER = """
const [sdp] = arguments;
await window.pc.setRemoteDescription({ type: 'answer', sdp });
const lines = window.pc.getTransceivers().map((t) => ({ direction: t.currentDirection,
  stopped: t.currentDirection === 'stopped' || t.stopped }));
const state = window.pc.signalingState;
window.pc.close();
return { lines, state };
"""


@pytest.fixture(scope="module")
def firefox():
    browser = Firefox()
    yield browser
    browser.close()


@pytest.mark.parametrize("plan", PLANS, ids=["slots", "max-bundle", "one line"])
def test_firefox(firefox, plan):
    offer = firefox.run(FIREFOX_OFFER, plan)
    result = firefox.run(FIREFOX_ANSWER, answered(offer))
    assert result["state"] == "stable"
    audio = [line["direction"] for line in result["lines"] if not line["stopped"]]
    assert audio[:plan["slots"] + 1] == lines_wanted(plan)
    assert set(audio[plan["slots"] + 1:]) <= {"inactive"}


AIORTC = """
import asyncio, json, sys
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack

async def main(plan):
    pc = RTCPeerConnection()
    pc.addTransceiver(AudioStreamTrack(), direction="sendrecv" if plan.get("both") else "sendonly")
    for _ in range(plan["slots"]):
        pc.addTransceiver("audio", direction="recvonly")
    await pc.setLocalDescription(await pc.createOffer())
    print(json.dumps(pc.localDescription.sdp), flush=True)
    answer = json.loads(sys.stdin.readline())
    await pc.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
    print(json.dumps({"state": pc.signalingState, "lines": [t.currentDirection for t in pc.getTransceivers()],
                      "codecs": [[c.mimeType for c in t._codecs] for t in pc.getTransceivers()]}), flush=True)
    await pc.close()

asyncio.run(main(json.loads(sys.argv[1])))
"""


@pytest.mark.parametrize("plan", [PLANS[0], PLANS[2]], ids=["slots", "one line"])
def test_aiortc(plan):
    """Debian's python3-aiortc, under Debian's Python. It cannot read a refused line, so it offers audio alone."""
    with subprocess.Popen(["/usr/bin/python3", "-c", AIORTC, json.dumps(plan)], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as client:
        offer = json.loads(client.stdout.readline())
        client.stdin.write(json.dumps(answered(offer)) + "\n")
        client.stdin.flush()
        line = client.stdout.readline()
        _, err = client.communicate(timeout=60)
    assert line, err
    result = json.loads(line)
    assert result["state"] == "stable"
    assert result["lines"] == lines_wanted(plan)
    assert all(codecs == ["audio/opus"] for codecs in result["codecs"])
