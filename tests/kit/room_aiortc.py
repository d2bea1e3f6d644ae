# SPDX-License-Identifier: Apache-2.0
"""A player on aiortc, under Debian's Python: joins by WHIP, plays a tone, and says every half second which
tones it hears, until its standard input ends. One argument: {url, token, pitch, slots} as JSON."""

import asyncio
import fractions
import json
import sys
import urllib.request

import av
import numpy
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError

RATE, FRAME = 48000, 960
WINDOW = 8192  # samples: 5.9 Hz a bin
QUIET = 100  # of 32767: below is nobody


class Tone(MediaStreamTrack):
    kind = "audio"

    def __init__(self, pitch):
        super().__init__()
        self.pitch, self.at, self.began = pitch, 0, None

    async def recv(self):
        now = asyncio.get_running_loop().time()
        self.began = self.began or now
        await asyncio.sleep(max(0, self.began + self.at / RATE - now))
        wave = 6000 * numpy.sin(2 * numpy.pi * self.pitch * (numpy.arange(FRAME) + self.at) / RATE)
        frame = av.AudioFrame.from_ndarray(wave.astype(numpy.int16).reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self.at, fractions.Fraction(1, RATE)
        self.at += FRAME
        return frame


class Ear:
    def __init__(self, track):
        self.track, self.samples = track, numpy.zeros(WINDOW)
        self.since = 0.0

    async def listen(self):
        while True:
            try:
                frame = await self.track.recv()
            except MediaStreamError:
                return  # the connection has ended
            channels = len(frame.layout.channels)
            heard = frame.to_ndarray().reshape(-1)[::channels]
            self.samples = numpy.concatenate((self.samples, heard))[-WINDOW:]
            self.since = asyncio.get_running_loop().time()

    def pitch(self):
        if asyncio.get_running_loop().time() - self.since > 1 or numpy.abs(self.samples).max() < QUIET:
            return 0
        power = numpy.abs(numpy.fft.rfft(self.samples * numpy.hanning(WINDOW)))
        return float(power[35:700].argmax() + 35) * RATE / WINDOW


def post(plan, sdp):
    request = urllib.request.Request(plan["url"], sdp.encode(), {
        "Authorization": f"Bearer {plan['token']}", "Content-Type": "application/sdp"})
    with urllib.request.urlopen(request, timeout=10) as reply:
        return reply.read().decode()


async def main(plan):
    loop = asyncio.get_running_loop()
    ended = loop.run_in_executor(None, sys.stdin.read)
    pc, ears = RTCPeerConnection(), []

    @pc.on("track")
    def on_track(track):
        ears.append(Ear(track))
        asyncio.ensure_future(ears[-1].listen())

    pc.addTransceiver(Tone(plan["pitch"]), direction="sendonly")
    for _ in range(plan["slots"]):
        pc.addTransceiver("audio", direction="recvonly")
    await pc.setLocalDescription(await pc.createOffer())
    answer = await loop.run_in_executor(None, post, plan, pc.localDescription.sdp)
    await pc.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
    while not ended.done():
        await asyncio.sleep(0.5)
        pitches = [p for p in (ear.pitch() for ear in ears) if p]
        print(json.dumps({"state": pc.connectionState, "pitches": pitches}), flush=True)
    await pc.close()


asyncio.run(main(json.loads(sys.argv[1])))
