// SPDX-License-Identifier: Apache-2.0
// In each page of the room tests: a player that plays a tone of its own and tells by ear who is heard.
(() => {
  const SIZE = 8192; // 5.9 Hz a bin
  const QUIET_DB = -75; // of the strongest bin: below is nobody
  const LOUD = 0.003; // a sample that somebody hears
  let pc, audio, oscillator, gain, ears = [], location, rights;

  function voice(pitch, loudness) {
    audio = new AudioContext({ sampleRate: 48000 });
    oscillator = new OscillatorNode(audio, { frequency: pitch });
    gain = new GainNode(audio, { gain: loudness });
    const out = new MediaStreamAudioDestinationNode(audio, { channelCount: 1 });
    oscillator.connect(gain).connect(out);
    oscillator.start();
    return out.stream;
  }

  // A remote track flows only while an element has it.
  function ear(track) {
    const element = new Audio();
    const analyser = new AnalyserNode(audio, { fftSize: SIZE, smoothingTimeConstant: 0 });
    element.muted = true;
    element.srcObject = new MediaStream([track]);
    element.play();
    new MediaStreamAudioSourceNode(audio, { mediaStream: element.srcObject }).connect(analyser);
    ears.push({ element, analyser, samples: new Float32Array(960), bins: new Float32Array(SIZE / 2) });
  }

  const loud = ({ analyser, samples }) => {
    analyser.getFloatTimeDomainData(samples);
    return samples.some((s) => Math.abs(s) > LOUD);
  };

  // The strongest pitch from 200 to 4,000 Hz, or 0.
  function pitchOf({ analyser, bins }) {
    const step = audio.sampleRate / SIZE;
    let best = Math.ceil(200 / step);
    analyser.getFloatFrequencyData(bins);
    for (let i = best; i < 4000 / step; i++) if (bins[i] > bins[best]) best = i;
    return bins[best] > QUIET_DB ? best * step : 0;
  }

  async function until(what, timeout) {
    const end = performance.now() + timeout;
    while (!what()) {
      if (performance.now() > end) return false;
      await new Promise((next) => setTimeout(next, 4));
    }
    return true;
  }

  async function whip(url, token, sdp) {
    rights = { Authorization: `Bearer ${token}` };
    const reply = await fetch(url, { method: 'POST', body: sdp,
      headers: { ...rights, 'Content-Type': 'application/sdp' } });
    const text = await reply.text();
    if (reply.status !== 201) throw new Error(`WHIP: ${reply.status} ${text}`);
    location = new URL(reply.headers.get('Location'), reply.url).href;
    return text;
  }

  window.room = {
    // {pitch, loudness, slots}: ready to offer.
    prepare({ pitch, loudness = 0.2, slots }) {
      const stream = voice(pitch, loudness);
      pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
      pc.addTransceiver(stream.getAudioTracks()[0], { direction: 'sendonly', streams: [stream] });
      for (let i = 0; i < slots; i++) pc.addTransceiver('audio', { direction: 'recvonly' });
      pc.ontrack = (event) => ear(event.track);
    },
    // {url, token, listen}: milliseconds from the offer to the answer, the connection, the first sound.
    async join({ url, token, listen }) {
      const began = performance.now();
      const after = () => performance.now() - began;
      const times = {};
      await pc.setLocalDescription();
      times.offer = after();
      const sdp = await whip(url, token, pc.localDescription.sdp);
      times.answer = after();
      await pc.setRemoteDescription({ type: 'answer', sdp });
      if (!await until(() => pc.connectionState === 'connected', 15000))
        throw new Error(`connection ${pc.connectionState}, ice ${pc.iceConnectionState}`);
      times.connected = after();
      if (listen && !await until(() => ears.some(loud), 15000)) throw new Error('nothing heard');
      times.heard = after();
      return times;
    },
    // {hz, dB} of each line that sounds, and who its packets say that speaks.
    heard() {
      const lines = pc.getTransceivers().filter((t) => t.currentDirection === 'recvonly');
      const now = performance.timeOrigin + performance.now();
      return ears.map((e, i) => {
        const [source] = lines[i].receiver.getContributingSources().filter((s) => now - s.timestamp < 400);
        return { pitch: pitchOf(e), voice: source?.source ?? 0 };
      }).filter((e) => e.pitch);
    },
    say(loudness) { gain.gain.value = loudness; },
    async stats() {
      const out = { received: 0, lost: 0, sent: 0, concealed: 0, samples: 0, discarded: 0, lines: 0 };
      for (const s of (await pc.getStats()).values()) {
        if (s.type === 'inbound-rtp' && s.packetsReceived) {
          out.lines++;
          out.received += s.packetsReceived;
          out.lost += s.packetsLost;
          out.discarded += s.packetsDiscarded ?? 0;
          out.concealed += s.concealedSamples - (s.silentConcealedSamples ?? 0);
          out.samples += s.totalSamplesReceived;
        } else if (s.type === 'outbound-rtp') out.sent += s.packetsSent;
        else if (s.type === 'remote-inbound-rtp') Object.assign(out, { lostOut: s.packetsLost, roundTrip: s.roundTripTime });
        else if (s.type === 'transport') Object.assign(out, { dtls: s.tlsVersion, srtp: s.srtpCipher });
      }
      return { ...out, state: pc.connectionState };
    },
    async leave() {
      pc.close();
      await audio.close();
      ears = [];
      await fetch(location, { method: 'DELETE', headers: rights });
    },
  };
})();
