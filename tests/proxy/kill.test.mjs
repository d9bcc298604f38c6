// The proxy is broken off with SIGKILL under load, again and again: the audit log stays whole and no cost is lost. A few
// times as a part of the tests; UMBRA_KILLS=100 for more.
import assert from 'node:assert/strict';
import test from 'node:test';
import { verifyExport } from './database.mjs';
import {
  PATIENCE,
  jsonLines,
  messages,
  open,
  pair,
  post,
  run,
  sleep,
  startProxy,
  startUpstream,
  temporaryFolder,
} from './support.mjs';

const KILLS = Number(process.env.UMBRA_KILLS ?? 4);
const CLIENTS = 8;
const COST = 1000;

/**
 * Sends requests one after the other until the proxy is gone. Returns how many were sent, and answered in full.
 * @param {import('./support.mjs').Proxy} proxy
 * @param {string} session
 */
async function client(proxy, session) {
  const count = { sent: 0, answered: 0 };
  for (;;) {
    try {
      count.sent++;
      const response = await open(proxy, post(proxy, session, messages('hello')));
      for await (const _ of response);
      if (response.statusCode !== 200) return count;
      count.answered++;
    } catch {
      return count;
    }
  }
}

test(`no cost and no record is lost when the proxy is killed, ${KILLS} times`, async (t) => {
  const state = `${temporaryFolder(t)}/state`;
  let seen = 0;
  let broken = 0;
  const upstream = await startUpstream(t, async (request, response) => {
    seen++;
    response.on('close', () => (broken += response.writableFinished ? 0 : 1));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('event: ping\ndata: {"type":"ping"}\n\n');
    await sleep(seen % 20);
    response.end('event: message_stop\ndata: {"type":"message_stop"}\n\n');
  });
  const args = [
    '--model-request-cost',
    String(COST),
    '--model-requests',
    '0',
    '--audit-refused-per-minute',
    '0',
  ];
  const options = {
    stateDir: state,
    killable: true,
    env: { ANTHROPIC_API_KEY: 'sk-canary-server', ANTHROPIC_BASE_URL: upstream.url },
  };
  let session = '';
  let sent = 0;
  let answered = 0;
  for (let round = 0; round < KILLS; round++) {
    const proxy = await startProxy(t, args, options);
    session ||= await pair(proxy);
    const clients = Array.from({ length: CLIENTS }, () => client(proxy, session));
    // Random moments: where in its work the proxy is hit is what the test is about.
    await sleep((20 + Math.random() * 200) * PATIENCE);
    await proxy.stop('SIGKILL');
    for (const count of await Promise.all(clients)) {
      sent += count.sent;
      answered += count.answered;
    }
    const verified = await run(['audit', 'verify', '--state-dir', state]);
    assert.equal(verified.code, 0, `after ${round + 1} kills: ${verified.stderr}`);
  }
  const last = await startProxy(t, args, options);
  await last.stop();
  const usage = await run(['usage', '--json', '--state-dir', state]);
  const total = { requests: 0, micro_dollars: 0 };
  for (const line of jsonLines(usage.stdout)) {
    total.requests += line.requests;
    total.micro_dollars += line.micro_dollars;
  }
  const records = verifyExport((await run(['audit', 'export', '--state-dir', state])).stdout);
  const models = records.filter((r) => r.kind === 'model');
  t.diagnostic(JSON.stringify({ sent, seen, broken, answered, ...total, records: records.length }));
  assert.ok(answered > KILLS, 'there was load');
  assert.ok(broken > 0, 'requests were under way when the proxy was killed');
  assert.ok(seen >= answered && sent >= seen);
  assert.ok(
    total.requests >= seen,
    `${seen} requests reached the provider and ${total.requests} are counted`,
  );
  assert.ok(total.requests <= sent);
  assert.equal(total.micro_dollars, total.requests * COST);
  assert.equal(models.length, total.requests, 'each of them has its record');
  assert.ok(models.some((r) => /broken off/.test(r.detail ?? '')));
});
