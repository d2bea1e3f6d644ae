// SPDX-License-Identifier: Apache-2.0
// The page: a door, who is here, how well it goes. What is to be known of WebRTC is in voice.js.
import { VoiceCall, microphoneOpen } from './voice.js';

const at = (id) => document.getElementById(id);
const LOOK_MS = 200; // levels and who speaks
const FACTS_MS = 1000;
const PEOPLE_MS = 2000;
const STATES = { joining: 'Joining …', connected: 'Connected', looking: 'The network changed; looking for a way …',
  left: 'Not in a room' };
const REFUSALS = { 401: 'The token is missing, wrong or too old. Join again.', 403: 'The token does not allow this room.',
  404: 'There is no such room.', 409: 'The relay refused: the room is full or the name is taken.',
  503: 'The relay takes nobody just now. Try again in a moment.' };

let call, stream, place, people = new Map(), timers = [], totals;
const fragment = new URLSearchParams(location.hash.slice(1)); // #room=…&player=…&token=…
for (const name of ['room', 'player']) if (fragment.get(name)) at(name).value = fragment.get(name);
at('player').value ||= sessionStorage.getItem('player') ?? `guest-${Math.random().toString(36).slice(2, 6)}`;

function trouble(text) {
  at('trouble').textContent = text;
  at('trouble').hidden = !text;
}

async function json(url, options) {
  const reply = await fetch(url, options);
  const body = await reply.json().catch(() => ({}));
  if (!reply.ok) throw new Error(body.error ?? `The server answers ${reply.status}.`);
  return body;
}

// A token in the address serves those who have one; otherwise the page's own server signs one.
async function ticket() {
  if (fragment.get('token')) return fragment.get('token');
  const reply = await json('join', { method: 'POST', body: JSON.stringify(place),
    headers: { 'Content-Type': 'application/json' } });
  return reply.token;
}

// --- the door

async function enter(speak) {
  trouble('');
  place = { room: at('room').value, player: at('player').value };
  sessionStorage.setItem('player', place.player);
  for (const button of [at('join'), at('listen')]) button.disabled = true;
  try {
    stream = speak ? await microphoneOpen() : null;
    call = new VoiceCall({ url: `whip/${encodeURIComponent(place.room)}`, ticket, stream });
    call.addEventListener('state', (e) => { at('state').textContent = STATES[e.detail]; });
    call.addEventListener('trouble', (e) => refused(e.detail));
    call.addEventListener('track', (e) => sound(e.detail));
    await call.join();
    show(speak);
  } catch (error) {
    refused(error);
  } finally {
    for (const button of [at('join'), at('listen')]) button.disabled = false;
  }
}

function refused(error) {
  leave();
  trouble(REFUSALS[error.status] ? `${REFUSALS[error.status]} (${error.message})` : error.message);
}

function show(speak) {
  Object.assign(totals = {}, { began: performance.now(), first: 0, packets: 0, lost: 0 });
  at('door').hidden = true;
  at('hall').hidden = false;
  at('mute').hidden = !speak;
  at('where').textContent = place.room;
  document.title = `${place.player} in ${place.room} · Turnpike`;
  timers = [setInterval(look, LOOK_MS), setInterval(facts, FACTS_MS), setInterval(ask, PEOPLE_MS)];
  ask();
  muteSet(false);
  at(speak ? 'mute' : 'leave').focus();
}

function leave() {
  timers.forEach(clearInterval);
  timers = [];
  call?.leave();
  stream?.getTracks().forEach((track) => track.stop());
  at('sound').replaceChildren();
  at('people').replaceChildren();
  people.clear();
  at('hall').hidden = true;
  at('door').hidden = false;
  at('state').textContent = STATES.left;
  document.title = 'Voice room · Turnpike';
  at('player').focus();
}

function muteSet(on) {
  stream?.getAudioTracks().forEach((track) => { track.enabled = !on; });
  at('mute').setAttribute('aria-pressed', String(on));
  at('mute').textContent = on ? 'Muted' : 'Mute';
}

// Each voice has an element of its own, so that the browser mixes them.
function sound(track) {
  const audio = document.createElement('audio');
  audio.autoplay = true;
  audio.srcObject = new MediaStream([track]);
  audio.play().catch(() => trouble('The browser waits for a click before it plays sound: press any button.'));
  at('sound').append(audio);
}

// --- who is here

async function ask() {
  try {
    const { players } = await json(`players?room=${encodeURIComponent(place.room)}`);
    people = new Map(players.map((p) => [p.voice_id, p]));
    draw();
  } catch {
    // Names come with the next answer; voices are heard without.
  }
}

function row(player) {
  const id = `person-${player.voice_id}`;
  let li = at(id);
  if (!li) {
    li = at('person').content.cloneNode(true).firstElementChild;
    li.id = id;
    at('people').append(li);
  }
  return li;
}

function draw() {
  for (const li of [...at('people').children]) {
    if (!people.has(Number(li.id.slice('person-'.length)))) li.remove();
  }
  for (const player of people.values()) {
    const li = row(player);
    li.querySelector('.name').textContent = player.player + (player.player === place.player ? ' (you)' : '');
    li.querySelector('meter').setAttribute('aria-label', `Level of ${player.player}`);
    li.dataset.rest = player.muted ? 'muted' : player.listener ? 'listens' : '';
  }
}

// RFC 6464 levels are dB; a meter of 60 dB shows speech in its upper half.
const percent = (level) => level > 0 ? Math.max(0, 100 + 100 * Math.log10(level) / 3) : 0;

function look() {
  const levels = new Map(call.voices().map((v) => [v.voice, v.level]));
  if (levels.size && !totals.first) totals.first = performance.now() - totals.began;
  if ([...levels.keys()].some((voice) => !people.has(voice))) ask();
  for (const player of people.values()) {
    const own = player.player === place.player;
    const level = own ? totals.own ?? 0 : levels.get(player.voice_id) ?? 0;
    const li = row(player), speaking = level > 0.005;
    li.classList.toggle('speaking', speaking);
    li.querySelector('.says').textContent = speaking ? 'speaking' : li.dataset.rest ?? '';
    li.querySelector('meter').value = percent(level);
  }
}

// --- how well it goes

function count(stats) {
  const sums = { packets: 0, lost: 0, jitter: 0 };
  for (const s of stats.values()) {
    if (s.type === 'inbound-rtp') {
      sums.packets += s.packetsReceived;
      sums.lost += s.packetsLost;
      sums.jitter = Math.max(sums.jitter, s.jitter ?? 0);
    } else if (s.type === 'candidate-pair' && s.nominated && s.state === 'succeeded') {
      sums.roundTrip = s.currentRoundTripTime;
    } else if (s.type === 'remote-inbound-rtp') {
      sums.lostOut = s.fractionLost;
    } else if (s.type === 'media-source') {
      sums.own = at('mute').getAttribute('aria-pressed') === 'true' ? 0 : s.audioLevel;
    }
  }
  return sums;
}

const share = (part, of) => `${(of > 0 ? 100 * part / of : 0).toFixed(1)} %`;

async function facts() {
  if (!call.pc || call.pc.connectionState === 'closed') return;
  const now = count(await call.pc.getStats());
  const packets = now.packets - totals.packets, lost = Math.max(0, now.lost - totals.lost);
  Object.assign(totals, now);
  at('round-trip').textContent = now.roundTrip === undefined ? '–' : `${(1000 * now.roundTrip).toFixed(1)} ms`;
  at('lost-in').textContent = `${share(lost, packets + lost)} (${now.lost} of ${now.packets + now.lost})`;
  at('lost-out').textContent = now.lostOut === undefined ? '–' : share(now.lostOut, 1);
  at('jitter').textContent = `${(1000 * now.jitter).toFixed(1)} ms`;
  at('heard').textContent = String(now.packets);
  at('first').textContent = totals.first ? `${Math.round(totals.first)} ms` : '–';
}

at('door').addEventListener('submit', (e) => { e.preventDefault(); enter(true); });
at('listen').addEventListener('click', () => at('door').reportValidity() && enter(false));
at('mute').addEventListener('click', () => muteSet(at('mute').getAttribute('aria-pressed') !== 'true'));
at('leave').addEventListener('click', leave);
window.addEventListener('pagehide', () => call?.abandon());
document.addEventListener('click', () => at('sound').querySelectorAll('audio').forEach((a) => a.play().catch(() => {})));
if (fragment.has('room') && fragment.has('player') && fragment.has('join')) enter(true);
