# SPDX-License-Identifier: Apache-2.0
"""A player: `voice_player.py TONE SLOTS`. Prints its offer, reads the answer, then tells what it hears.

Debian's aiortc, under Debian's Python. Each line of standard input behind the answer is a question; "drop SHARE" spoils what it sends.
"""

import asyncio
import fractions
import json
import random
import sys
import time

import av
import numpy
from aiortc import RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

RATE, FRAME = 48000, 960
WINDOW_S = 0.2
LOUD = 300  # of 32767: below it is silence


class Tone(MediaStreamTrack):
    """A sine; 0 Hz is silence."""

    kind = "audio"

    def __init__(self, pitch):
        super().__init__()
        self.pitch, self.samples, self.began = pitch, 0, None

    async def recv(self):
        self.began = self.began or time.monotonic()
        await asyncio.sleep(max(0, self.began + self.samples / RATE - time.monotonic()))
        at = numpy.arange(self.samples, self.samples + FRAME) / RATE
        wave = (numpy.sin(2 * numpy.pi * self.pitch * at) * 9000).astype("int16")
        frame = av.AudioFrame.from_ndarray(wave.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE, self.samples, fractions.Fraction(1, RATE)
        self.samples += FRAME
        return frame


class Ear:
    """Keeps the last moments of a track."""

    def __init__(self, track):
        self.frames = []  # (when, samples)
        self.task = asyncio.ensure_future(self.listen(track))

    async def listen(self, track):
        try:
            while True:
                frame = await track.recv()
                wave = frame.to_ndarray().reshape(-1)
                if len(frame.layout.channels) == 2:
                    wave = wave[::2]
                self.frames.append((time.monotonic(), wave))
                del self.frames[:-50]
        except MediaStreamError:
            pass

    def pitch(self):
        """Of the loudest partial, or None in silence."""
        since = time.monotonic() - WINDOW_S
        waves = [w for t, w in self.frames if t >= since]
        wave = numpy.concatenate(waves) if waves else numpy.zeros(0)
        if len(wave) < RATE * WINDOW_S / 2 or numpy.sqrt(numpy.mean(numpy.square(wave.astype(float)))) < LOUD:
            return None
        spectrum = numpy.abs(numpy.fft.rfft(wave * numpy.hanning(len(wave))))
        return float(numpy.argmax(spectrum) * RATE / len(wave))


def drop_some(pc, share):
    """From now on this share of what is sent goes nowhere, as on a bad link."""
    transport = pc.getSenders()[0].transport
    send = transport._send_rtp

    async def sometimes(data):
        if random.random() >= share:
            await send(data)

    transport._send_rtp = sometimes


async def main(pitch, slots):
    pc, ears = RTCPeerConnection(), []
    pc.on("track", lambda track: ears.append(Ear(track)))
    pc.addTransceiver(Tone(pitch), direction="sendonly")
    for _ in range(slots):
        pc.addTransceiver("audio", direction="recvonly")
    await pc.setLocalDescription(await pc.createOffer())
    print(json.dumps({"offer": pc.localDescription.sdp}), flush=True)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    answer = json.loads(await lines.readline())
    await pc.setRemoteDescription(RTCSessionDescription(sdp=answer, type="answer"))
    while line := await lines.readline():
        if line.startswith(b"drop "):
            drop_some(pc, float(line.split()[1]))
            continue
        tones = sorted(p for p in (e.pitch() for e in ears) if p)
        print(json.dumps({"tones": tones, "state": pc.connectionState}), flush=True)
    await pc.close()


asyncio.run(main(float(sys.argv[1]), int(sys.argv[2])))
