// SPDX-License-Identifier: Apache-2.0
// A voice room of Turnpike in a browser: one WHIP request, one connection, no renegotiation.
//
//   const call = new VoiceCall({ url: '/whip/lobby', ticket: async () => token, stream });
//   call.addEventListener('track', (e) => …e.detail is a receiver's track…);
//   await call.join();
//
// Events: track (a voice's MediaStreamTrack), state ('joining' | 'connected' | 'looking' | 'left'), trouble (Error).

const SLOTS = 8; // voices heard at a time; the relay's voice.speakers may allow fewer
const AGAIN_MS = [500, 1000, 2000, 4000, 8000]; // between attempts to join again; the last one for good
const LOST_MS = 800; // without an answer: the path may have changed
const RESTARTS = 2; // in vain, then the session is given up for a new one

export class WhipError extends Error {
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const attribute = (sdp, name) => new RegExp(`^a=${name}:(\\S+)`, 'm').exec(sdp)?.[1];

// Ours, for a PATCH: what of the new offer an ICE-lite relay has to know (RFC 8840).
function fragmentOf(sdp) {
  const media = /^m=.*$/m.exec(sdp)[0];
  return [`a=ice-ufrag:${attribute(sdp, 'ice-ufrag')}`, `a=ice-pwd:${attribute(sdp, 'ice-pwd')}`,
    media.trim(), `a=mid:${attribute(sdp, 'mid')}`, ''].join('\r\n');
}

// The answer of before with the credentials of a fragment.
function answerWith(sdp, fragment) {
  return sdp.replace(/^a=ice-ufrag:\S+/gm, `a=ice-ufrag:${attribute(fragment, 'ice-ufrag')}`)
    .replace(/^a=ice-pwd:\S+/gm, `a=ice-pwd:${attribute(fragment, 'ice-pwd')}`);
}

export class VoiceCall extends EventTarget {
  // stream: with the microphone's track, or null to listen only. ticket: gives a token for each attempt.
  constructor({ url, ticket, stream = null, slots = SLOTS }) {
    super();
    Object.assign(this, { url, ticket, stream, slots, pc: null, location: null, state: 'new' });
    this.work = Promise.resolve(); // restarts, one after the other
    this.onNetwork = () => this.restart();
  }

  async join() {
    this.tell('joining');
    await this.open();
    window.addEventListener('online', this.onNetwork);
    navigator.connection?.addEventListener('change', this.onNetwork);
  }

  async leave() {
    this.tell('left');
    window.removeEventListener('online', this.onNetwork);
    navigator.connection?.removeEventListener('change', this.onNetwork);
    this.pc?.close();
    const location = this.location;
    this.location = null;
    if (location) await fetch(location, { method: 'DELETE', headers: this.rights, keepalive: true }).catch(() => {});
  }

  // The page goes away: no time to wait for an answer.
  abandon() {
    if (this.location) fetch(this.location, { method: 'DELETE', headers: this.rights, keepalive: true });
  }

  get receivers() {
    return this.pc ? this.pc.getTransceivers().filter((t) => t.currentDirection === 'recvonly')
      .map((t) => t.receiver) : [];
  }

  // What is heard at this moment: [{voice, level}], voice as in player.list, level 0 to 1.
  voices() {
    const since = performance.timeOrigin + performance.now() - 300;
    const out = [];
    for (const receiver of this.receivers) {
      const [source] = receiver.getContributingSources();
      const [stream] = receiver.getSynchronizationSources();
      if (source && recent(source, since)) out.push({ voice: source.source, level: stream?.audioLevel ?? 0 });
    }
    return out;
  }

  // --- inside

  tell(state) {
    if (this.state === state || this.state === 'left') return;
    this.state = state;
    this.dispatchEvent(new CustomEvent('state', { detail: state }));
  }

  async open() {
    const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    const track = this.stream?.getAudioTracks()[0];
    this.pc?.close();
    this.pc = pc;
    pc.addTransceiver(track ?? 'audio', track ? { direction: 'sendonly', streams: [this.stream] }
      : { direction: 'inactive' });
    for (let i = 0; i < this.slots; i++) pc.addTransceiver('audio', { direction: 'recvonly' });
    pc.ontrack = (event) => this.dispatchEvent(new CustomEvent('track', { detail: event.track }));
    pc.onconnectionstatechange = () => this.watch(pc);
    await pc.setLocalDescription();
    await this.post(pc);
  }

  // Candidates of ours are not waited for: the relay learns the address from the first check.
  async post(pc) {
    this.rights = { Authorization: `Bearer ${await this.ticket()}` };
    const reply = await fetch(this.url, { method: 'POST', body: pc.localDescription.sdp,
      headers: { ...this.rights, 'Content-Type': 'application/sdp' } });
    const text = await reply.text();
    if (reply.status !== 201) throw new WhipError(reply.status, text.trim() || reply.statusText);
    this.location = new URL(reply.headers.get('Location'), new URL(this.url, location.href)).href;
    this.answer = text;
    this.restarts = 0;
    await pc.setRemoteDescription({ type: 'answer', sdp: text });
  }

  async watch(pc) {
    if (pc !== this.pc || this.state === 'left') return;
    if (pc.connectionState === 'connected') {
      this.restarts = 0;
      this.tell('connected');
    } else if (pc.connectionState === 'failed') {
      this.tell('looking');
      this.restart();
    } else if (pc.connectionState === 'disconnected') {
      this.tell('looking');
      await pause(LOST_MS);
      if (pc === this.pc && pc.connectionState === 'disconnected') this.restart();
    }
  }

  restart() {
    this.work = this.work.then(() => this.state === 'left' ? null : this.restartNow())
      .catch((error) => this.dispatchEvent(new CustomEvent('trouble', { detail: error })));
    return this.work;
  }

  // A new path for the same session: media goes on where it was.
  async restartNow() {
    if (!this.location || this.restarts++ >= RESTARTS) return this.rejoin();
    const pc = this.pc;
    pc.restartIce();
    await pc.setLocalDescription();
    const reply = await fetch(this.location, { method: 'PATCH', body: fragmentOf(pc.localDescription.sdp),
      headers: { ...this.rights, 'Content-Type': 'application/trickle-ice-sdpfrag', 'If-Match': '*' } })
      .catch(() => null);
    if (!reply?.ok) return this.rejoin();
    this.answer = answerWith(this.answer, await reply.text());
    return pc.setRemoteDescription({ type: 'answer', sdp: this.answer });
  }

  // The relay has forgotten us, or cannot be reached: from the start, until it works or we leave.
  async rejoin() {
    for (let i = 0; this.state !== 'left'; i++) {
      this.tell('looking');
      try {
        return await this.open();
      } catch (error) {
        if (error.status && error.status < 500) throw error;
      }
      await pause(AGAIN_MS[Math.min(i, AGAIN_MS.length - 1)]);
    }
    return null;
  }
}

// Browsers differ in the clock that `timestamp` is of: the page's, or the wall's.
function recent(source, since) {
  return source.timestamp > since || (source.timestamp < 1e12 && source.timestamp > since - performance.timeOrigin);
}

// --- the microphone

const REASONS = {
  NotAllowedError: 'The microphone is denied to this page. Allow it (the symbol beside the address), then join again.',
  NotFoundError: 'There is no microphone. Connect one, or only listen.',
  NotReadableError: 'The microphone is busy: another program has it, or the system refuses it. Close that program, then join again.',
  OverconstrainedError: 'The microphone cannot do what was asked of it. Choose another one in the browser’s settings.',
  SecurityError: 'This browser’s settings forbid microphones.',
};
const INSECURE = 'Browsers give a microphone only to pages from https:// or localhost. Open this page that way, or only listen.';

export async function microphoneOpen() {
  if (!window.isSecureContext || !navigator.mediaDevices) throw new Error(INSECURE);
  try {
    return await navigator.mediaDevices.getUserMedia(
      { audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } });
  } catch (error) {
    throw new Error(REASONS[error.name] ?? `The microphone does not open: ${error.message}`);
  }
}
