// SPDX-License-Identifier: Apache-2.0
// Headless Chromium at the end of a pipe: commands come in, each a line of JSON with an id, and answers go
// out the same way, in whatever order they are done. tests/kit/chromium.py is the other end.
import { chromium } from 'playwright-core';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync',
  '--disable-background-networking', '--disable-component-update', '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding', '--autoplay-policy=no-user-gesture-required'];
const FAKE = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];
const folder = mkdtempSync(join(tmpdir(), 'tp-room-'));
const browsers = new Map();
const pages = new Map();

async function browser({ name, namespace, microphone = true, flags = [] }) {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\nexec ip netns exec ${namespace} /usr/bin/chromium "$@"\n`);
  chmodSync(path, 0o755);
  browsers.set(name, await chromium.launch({ executablePath: path, headless: true, timeout: 90000,
    args: [...FLAGS, ...(microphone ? FAKE : []), ...flags], ignoreDefaultArgs: ['--mute-audio'] }));
}

async function page({ name, browser: where, url, script, options = {} }) {
  const context = await browsers.get(where).newContext({ permissions: ['microphone'], ...options });
  const made = await context.newPage();
  const errors = [];
  made.on('pageerror', (error) => errors.push(String(error)));
  made.on('console', (line) => line.type() === 'error' && errors.push(line.text()));
  if (script) await made.addInitScript({ path: script });
  await made.goto(url);
  pages.set(name, { made, context, errors });
}

const OPS = {
  browser, page,
  run: ({ page: name, fn, arg }) => pages.get(name).made.evaluate(
    ([what, given]) => window.room[what](given), [fn, arg ?? null]),
  // Any method of Playwright's page, with plain arguments.
  do: async ({ page: name, method, args = [] }) => {
    const value = await pages.get(name).made[method](...args);
    return ['boolean', 'number', 'string'].includes(typeof value) ? value : null;
  },
  wait: async ({ page: name, text, timeout = 20000 }) => {
    await pages.get(name).made.waitForFunction(text, null, { timeout, polling: 50 });
  },
  errors: ({ page: name }) => pages.get(name).errors,
  close: async ({ page: name }) => {
    const { context } = pages.get(name);
    pages.delete(name);
    await context.close();
  },
};

async function obey(line) {
  const { id, op, ...rest } = JSON.parse(line);
  try {
    const value = await OPS[op](rest);
    console.log(JSON.stringify({ id, value: value ?? null }));
  } catch (error) {
    console.log(JSON.stringify({ id, error: String(error) }));
  }
}

for await (const line of createInterface({ input: process.stdin })) obey(line);
await Promise.all([...browsers.values()].map((b) => b.close()));
rmSync(folder, { recursive: true, force: true });
