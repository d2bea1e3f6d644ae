// SPDX-License-Identifier: Apache-2.0
// Two headless Chromium pages, each in a network namespace, call each other by relayed candidates
// alone. What getStats says of both ends goes to standard output as JSON.
import { chromium } from 'playwright-core';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const plan = JSON.parse(process.argv[2]); // {seconds, ends: [{namespace, server}]}
const folder = mkdtempSync(join(tmpdir(), 'tp-call-'));
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync',
  '--disable-background-networking', '--disable-component-update', '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream', '--autoplay-policy=no-user-gesture-required'];

function browserIn(namespace) {
  const path = join(folder, namespace);
  writeFileSync(path, `#!/bin/sh\nexec ip netns exec ${namespace} /usr/bin/chromium "$@"\n`);
  chmodSync(path, 0o755);
  return chromium.launch({ executablePath: path, headless: true, args: FLAGS,
    ignoreDefaultArgs: ['--mute-audio'], timeout: 60000 });
}

async function pageOf(browser) {
  const context = await browser.newContext({ permissions: ['microphone'] });
  const page = await context.newPage();
  // Media wants a secure origin; nobody has to serve it.
  await page.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: '<p>call</p>' }));
  await page.goto('https://call.test/');
  return page;
}

// --- in the page

async function prepare(server) {
  const pc = new RTCPeerConnection({ iceServers: [server], iceTransportPolicy: 'relay' });
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  stream.getTracks().forEach((track) => pc.addTrack(track, stream));
  pc.ontrack = (event) => {
    const audio = document.createElement('audio');
    audio.srcObject = event.streams[0];
    audio.play();
  };
  window.pc = pc;
  window.gathered = new Promise((done) => {
    pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && done();
  });
}

async function describe(remote) {
  if (remote) await pc.setRemoteDescription(remote);
  await pc.setLocalDescription();
  await window.gathered;
  return pc.localDescription.toJSON();
}

async function connected() {
  for (let i = 0; i < 200; i++) {
    if (pc.connectionState === 'connected') return true;
    await new Promise((next) => setTimeout(next, 50));
  }
  throw new Error(`no connection: ${pc.connectionState}, ice ${pc.iceConnectionState}`);
}

async function report() {
  const stats = [...(await pc.getStats()).values()];
  const of = (type) => stats.find((s) => s.type === type);
  const pair = stats.find((s) => s.type === 'candidate-pair' && s.nominated);
  const inbound = of('inbound-rtp');
  return {
    received: inbound.packetsReceived, lost: inbound.packetsLost, energy: inbound.totalAudioEnergy,
    discarded: inbound.packetsDiscarded, sent: of('outbound-rtp').packetsSent,
    local: stats.find((s) => s.id === pair.localCandidateId),
    remote: stats.find((s) => s.id === pair.remoteCandidateId),
    roundTrip: pair.currentRoundTripTime,
  };
}

// --- the call

async function call(browsers) {
  const pages = await Promise.all(browsers.map(pageOf));
  await Promise.all(pages.map((page, i) => page.evaluate(prepare, plan.ends[i].server)));
  const offer = await pages[0].evaluate(describe, null);
  const answer = await pages[1].evaluate(describe, offer);
  await pages[0].evaluate((sdp) => pc.setRemoteDescription(sdp), answer);
  await Promise.all(pages.map((page) => page.evaluate(connected)));
  await new Promise((next) => setTimeout(next, plan.seconds * 1000));
  return Promise.all(pages.map((page) => page.evaluate(report)));
}

const browsers = [];
try {
  for (const end of plan.ends) browsers.push(await browserIn(end.namespace));
  console.log(JSON.stringify(await call(browsers)));
} finally {
  await Promise.all(browsers.map((browser) => browser.close()));
  rmSync(folder, { recursive: true, force: true });
}
