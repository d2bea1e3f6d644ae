// SPDX-License-Identifier: Apache-2.0
// An offer of headless Chromium goes to standard output as a line of JSON; answers come in, each a line
// of JSON, and what Chromium says of each goes out the same way.
import { chromium } from 'playwright-core';
import { createInterface } from 'node:readline';

const plan = JSON.parse(process.argv[2]); // {slots, video, data, both}
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', headless: true, timeout: 60000,
  args: ['--no-sandbox', '--disable-gpu', '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
    '--disable-background-networking', '--disable-component-update', '--no-first-run'] });
const context = await browser.newContext({ permissions: ['microphone'] });
const page = await context.newPage();
await page.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: '<p>offer</p>' }));
await page.goto('https://offer.test/');

const offer = await page.evaluate(async (wish) => {
  const pc = new RTCPeerConnection({ bundlePolicy: wish.bundle || 'balanced' });
  const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
  const direction = wish.both ? 'sendrecv' : 'sendonly';
  pc.addTransceiver(stream.getTracks()[0], { direction, streams: [stream] });
  for (let i = 0; i < wish.slots; i++) pc.addTransceiver('audio', { direction: 'recvonly' });
  if (wish.video) pc.addTransceiver('video', { direction: 'recvonly' });
  if (wish.data) pc.createDataChannel('chat');
  window.pc = pc;
  await pc.setLocalDescription();
  return pc.localDescription.sdp;
}, plan);
console.log(JSON.stringify({ offer }));

for await (const line of createInterface({ input: process.stdin })) {
  const result = await page.evaluate(async (sdp) => {
    try {
      await window.pc.setRemoteDescription({ type: 'answer', sdp });
    } catch (error) {
      return { error: String(error) };
    }
    const lines = window.pc.getTransceivers().map((t) => ({ mid: t.mid, direction: t.currentDirection,
      stopped: t.stopped, codecs: t.receiver.getParameters().codecs.map((c) => c.mimeType),
      extensions: t.receiver.getParameters().headerExtensions.map((e) => e.uri) }));
    return { lines, signaling: window.pc.signalingState };
  }, JSON.parse(line).answer);
  console.log(JSON.stringify(result));
}
await browser.close();
