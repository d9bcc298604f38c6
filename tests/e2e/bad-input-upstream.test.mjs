/** A provider that refuses, breaks off or talks nonsense: a clear sentence, nothing lost, and the next turn works. */
import assert from 'node:assert/strict';
import http from 'node:http';
import { describe, it } from 'node:test';
import { say, use } from './support/model.mjs';
import { sendStream, streamOf } from './support/servers.mjs';
import { BROWSERS, onStage, useBrowser } from './support/stage.mjs';
import { treeOf } from './support/trees.mjs';

/** @typedef {import('./support/model.mjs').Answer} Answer */

const TREE = treeOf({ 'a.txt': 'one\n' });
const WORDS = 'These words are kept.';
/** The events up to the end of WORDS. */
const BEGINNING = streamOf([say(WORDS)]).slice(0, 5);

/** @param {number} status @param {Record<string, string>} headers @param {string} body @returns {Answer} */
const refuse = (status, headers, body) => (response) => void response.writeHead(status, headers).end(body);

/** An error as the provider words it. @param {string} type @param {string} message */
const problem = (type, message) => JSON.stringify({ type: 'error', error: { type, message } });

/** The beginning of an answer, then other bytes. @param {string | Buffer} bytes @param {boolean} tear @returns {Answer} */
const breakOff = (bytes, tear) => (response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(BEGINNING.join(''));
  response.write(bytes, () => (tear ? response.destroy() : response.end()));
};

const JSON_TYPE = { 'content-type': 'application/json' };
const DELTA = 'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":';
const WIDE = Buffer.from(`${DELTA}{"type":"text_delta","text":"\u65e5"`);

/** @type {{ what: string, answer: Answer, says: RegExp, keeps: boolean }[]} */
const CASES = [
  {
    what: 'status 401',
    answer: refuse(401, JSON_TYPE, problem('authentication_error', 'invalid x-api-key')),
    says: /status 401: invalid x-api-key; check the key/,
    keeps: false,
  },
  {
    what: 'status 429',
    answer: refuse(429, { ...JSON_TYPE, 'retry-after': '7' }, problem('rate_limit_error', 'Too fast')),
    says: /status 429: Too fast; wait a moment[^]*asked to wait 7 seconds/,
    keeps: false,
  },
  {
    what: 'status 500 without JSON',
    answer: refuse(500, { 'content-type': 'text/html' }, '<h1>Oh no</h1>'),
    says: /status 500: no reason given; this is on the provider.s side/,
    keeps: false,
  },
  {
    what: 'a page instead of a stream',
    answer: refuse(200, { 'content-type': 'text/html' }, '<h1>Hello</h1>\n\n'),
    says: /broke off before its end/,
    keeps: false,
  },
  { what: 'an event cut by the provider', answer: breakOff(DELTA, true), says: /broke off/, keeps: true },
  { what: 'an event cut at a clean end', answer: breakOff(DELTA, false), says: /broke off/, keeps: true },
  {
    what: 'a character cut in its middle',
    answer: breakOff(WIDE.subarray(0, WIDE.length - 2), true),
    says: /broke off/,
    keeps: true,
  },
  {
    what: 'a character cut at a clean end',
    answer: breakOff(WIDE.subarray(0, WIDE.length - 2), false),
    says: /broke off/,
    keeps: true,
  },
  {
    what: 'malformed JSON',
    answer: breakOff(`${DELTA}{"type": nonsense}}\n\n`, false),
    says: /provider.s stream/,
    keeps: true,
  },
  {
    what: 'an event for a block that is not there',
    answer: breakOff('data: {"type":"content_block_stop","index":9}\n\n', false),
    says: /makes no sense/,
    keeps: true,
  },
  {
    what: 'an error event',
    answer: breakOff(`event: error\ndata: ${problem('overloaded_error', 'Overloaded')}\n\n`, false),
    says: /broke off: Overloaded \(overloaded_error\)/,
    keeps: true,
  },
];

/** A whole answer whose wide characters are torn apart on the way, byte by byte. @type {Answer} */
const torn = async (response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.socket?.setNoDelay(true);
  for (const byte of Buffer.from(streamOf([say('\u65e5\u672c \u{1f30d} arrived whole.')]).join(''))) {
    await new Promise((resolve) => response.write(Buffer.of(byte), resolve));
  }
  response.end();
};

/** An address at which nobody listens. */
async function closedAddress() {
  const server = http.createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

for (const name of BROWSERS) {
  describe(`a bad provider in ${name}`, () => {
    const browser = useBrowser(name);

    it('every failure is told, what came is kept, and the next turn works', { timeout: 90_000 }, async () => {
      /** @type {import('./support/model.mjs').Script} */
      const script = { Torn: [torn] };
      for (const [index, { what, answer }] of CASES.entries()) {
        script[what] = [answer];
        script[`Next ${index}`] = [[use('Read', { file_path: 'a.txt' })], [say(`Well again after ${what}.`)]];
      }
      await onStage(browser(), script, async ({ app }) => {
        await app.importTree(TREE);
        for (const [index, { what, says, keeps }] of CASES.entries()) {
          await app.turn(what);
          assert.match((await app.texts('turn-error')).at(-1) ?? '', says, what);
          assert.equal(await app.count('turn-error'), index + 1, what);
          const kept = (await app.texts('assistant-text')).at(-1) ?? '';
          assert.equal(kept.includes(WORDS) && kept.includes('cut off here'), keeps, `${what}: ${kept}`);
          await app.turn(`Next ${index}`);
          await app.says('assistant-text', `Well again after ${what}.`);
        }
        await app.turn('Torn');
        await app.says('assistant-text', '\u65e5\u672c \u{1f30d} arrived whole.');
        const before = [
          await app.history(),
          await app.texts('assistant-text'),
          await app.texts('turn-error'),
        ];
        await app.reload();
        await app.says('assistant-text', 'arrived whole.');
        assert.deepEqual(
          [await app.history(), await app.texts('assistant-text'), await app.texts('turn-error')],
          before,
        );
      });
    });

    it('a provider that cannot be reached is told, and Retry works when it is back', async () => {
      const url = await closedAddress();
      await onStage(
        browser(),
        {},
        async ({ app, later }) => {
          await app.importTree(TREE);
          await app.turn('Hello');
          assert.match((await app.texts('turn-error'))[0], /status 502: .*(reach|connect)/i);
          const server = http.createServer((_, response) => sendStream(response, [say('I am back.')]));
          await new Promise((resolve) =>
            server.listen(Number(new URL(url).port), '127.0.0.1', () => resolve(0)),
          );
          later(() => server.close());
          later(() => server.closeAllConnections());
          await app.click('retry');
          await app.says('assistant-text', 'I am back.');
          await app.idle();
        },
        { proxy: { env: { ANTHROPIC_BASE_URL: url } } },
      );
    });
  });
}
