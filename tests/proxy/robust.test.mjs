// Clients that do what no client should, over raw sockets: afterwards the proxy serves on and holds nothing of theirs.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import net from 'node:net';
import test from 'node:test';
import {
  KEY,
  MESSAGES,
  afterwards,
  call,
  first,
  listen,
  memoryKilobytes,
  messages,
  open,
  pair,
  post,
  run,
  postTo,
  sleep,
  startProxy,
  startUpstream,
  until,
} from './support.mjs';
import { connect, descriptors, isCalm, numbers, talk } from './robust.mjs';

/** Of idle connections; and descriptors beside theirs. */
const [COUNT, SPARE] = [10000, 1000];
const EVENTS = { 'content-type': 'text/event-stream' };
const BODY = '{"token":"x"}';
const TRIES = ['--pairing-tries-per-minute', '100000'];
const CHUNKED = `d\r\n${BODY}\r\n0\r\n\r\n`;

/**
 * Whether libmicrohttpd reads as strictly as its version 1.0: what the proxy refuses of older ones' hands it refuses
 * itself then, in other words.
 */
async function isStrict() {
  return first(/^libmicrohttpd (\d+)/m, (await run(['--version'])).stdout) !== '0';
}

/** The head of a request with these lines more. @param {{ port: number }} proxy @param {string} lines */
const head = (proxy, lines, first = 'POST /v1/pair HTTP/1.1') =>
  `${first}\r\nHost: 127.0.0.1:${proxy.port}\r\n${lines}\r\n`;

/** A whole request to the model. @param {{ port: number }} proxy @param {string} session */
function rawPost(proxy, session) {
  const body = JSON.stringify(messages('x'));
  const lines = `Authorization: Bearer ${session}\r\nContent-Length: ${body.length}\r\n`;
  return head(proxy, lines, `POST ${MESSAGES} HTTP/1.1`) + body;
}

test('request smuggling: what two servers could read differently is refused, and nothing behind it is a request', async (t) => {
  const proxy = await startProxy(t, TRIES);
  const strict = await isStrict();
  const before = descriptors(proxy);
  const smuggled = head(proxy, '', 'GET /healthz HTTP/1.1');
  const cases = /** @type {[string, string, RegExp][]} */ ([
    ['Content-Length: 13\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n', /both/],
    ['Transfer-Encoding: chunked\r\nContent-Length: 3\r\n', CHUNKED, /both/],
    ['Content-Length: 13\r\nContent-Length: 13\r\n', BODY, /more than one Content-Length/],
    ['Content-Length: 13\r\nContent-Length: 0\r\n', BODY, /more than one Content-Length/],
    ['Content-Length: 0\r\nContent-Length: 13\r\n', BODY, /more than one Content-Length/],
    ['Content-Length: 0\r\ncontent-length: 13\r\n', BODY, /more than one Content-Length/],
    ['Content-Length : 13\r\n', BODY, /name of a header/],
    ['Transfer-Encoding : chunked\r\nContent-Length: 13\r\n', BODY, /name of a header/],
    ['Transfer-Encoding: xchunked\r\n', CHUNKED, /another than chunked/],
    ['Transfer-Encoding: identity\r\n', '', /another than chunked/],
    ['Transfer-Encoding: gzip, chunked\r\n', CHUNKED, /another than chunked/],
    ['Transfer-Encoding: chunked, identity\r\n', CHUNKED, /another than chunked/],
    ['Transfer-Encoding: "chunked"\r\n', CHUNKED, /another than chunked/],
    ['Transfer-Encoding: \x0bchunked\r\n', CHUNKED, /control characters/],
    ['Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n', CHUNKED, /more than one Transfer/],
    ['Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n', CHUNKED, /more than one Transfer/],
    ['X: a\rContent-Length: 0\r\nContent-Length: 13\r\n', BODY, /malformed/],
    ['X: a\nTransfer-Encoding: chunked\r\nContent-Length: 13\r\n', BODY, /both/],
    ['X: a\x01b\r\nContent-Length: 13\r\n', BODY, /control characters/],
    ['X: a\x7fb\r\nContent-Length: 13\r\n', BODY, /control characters/],
    ['X Y: a\r\nContent-Length: 13\r\n', BODY, /name of a header/],
    ['X\x01: a\r\nContent-Length: 13\r\n', BODY, /name of a header/],
  ]);
  for (const [lines, body, words] of cases) {
    const answer = await talk(proxy, head(proxy, lines) + body + smuggled);
    const told = JSON.stringify([lines, answer.text]);
    assert.match(answer.text, strict ? /^HTTP\/1\.1 (400|501) / : /^HTTP\/1\.1 400 /, told);
    if (!strict) assert.match(answer.text, words, told);
    assert.equal(answer.text.match(/^HTTP\/1/gm)?.length, 1, told);
    assert.ok(answer.closed, told);
  }
  const old = head(proxy, 'Transfer-Encoding: chunked\r\n', 'POST /v1/pair HTTP/1.0') + CHUNKED;
  assert.match(
    (await talk(proxy, old)).text,
    /^HTTP\/1\.1 400 .*(HTTP\/1\.0 has no|must not be used with HTTP\/1\.0)/s,
  );
  await isCalm(proxy, before);
});

test('request smuggling: lengths and chunks that are none end the connection', async (t) => {
  const proxy = await startProxy(t, TRIES);
  const before = descriptors(proxy);
  const smuggled = head(proxy, '', 'GET /healthz HTTP/1.1');
  const chunked = 'Transfer-Encoding: chunked\r\n';
  const cases = [
    ...['-1', '+13', '0xd', '13, 13', '13x', '1 3', '', '18446744073709551629', '9'.repeat(40)].map(
      (length) => [`Content-Length: ${length}\r\n`, BODY],
    ),
    ...['-d', '0xd', '+d', '1000000000000000d', 'f'.repeat(40), '', 'd;a\nb', 'x', '5'].map((size) => [
      chunked,
      `${size}\r\n${BODY}\r\n0\r\n\r\n`,
    ]),
    ['no colon here\r\n', ''],
    ['X\0: a\r\n', ''],
  ];
  for (const [lines, body] of cases) {
    const answer = await talk(proxy, head(proxy, lines) + body + smuggled);
    const told = JSON.stringify([lines, body, answer.text]);
    assert.match(answer.text, /^HTTP\/1\.1 4(00|13) /, told);
    assert.ok(!answer.text.includes('"status":'), told);
    assert.ok(answer.closed, told);
  }
  for (const line of ['PRI * HTTP/2.0', 'GET /healthz HTTP/9.9', 'GET /healthz http/1.1', 'GET', '\0', '{}'])
    assert.ok(!/"status":/.test((await talk(proxy, `${line}\r\n\r\n`, 100, 500)).text), line);
  await isCalm(proxy, before);
});

test('what is unusual and clear is read like any server would', async (t) => {
  const proxy = await startProxy(t, TRIES);
  const health = head(proxy, '', 'GET /healthz HTTP/1.1');
  // The last two: refused by libmicrohttpd 1.0, the one with an extension of a chunk because of a fault in 1.0.1.
  const cases = [
    [`Transfer-Encoding: chunked\r\n`, CHUNKED],
    [`transfer-encoding: CHUNKED\r\n`, CHUNKED],
    [
      'Transfer-Encoding: chunked\r\n',
      `000d\r\n${BODY}\r\n0\r\nHost: evil.example\r\nContent-Length: 5\r\n\r\n`,
    ],
    ['Content-Length: 13\r\n', BODY],
    ['Transfer-Encoding: chunked\r\n', `d;a=b;c="d"\r\n${BODY}\r\n0;x\r\n\r\n`],
    ['X: a\r\n b\r\nContent-Length: 13\r\n', BODY],
  ];
  const strict = await isStrict();
  for (const [i, [lines, body]] of cases.entries()) {
    const { text } = await talk(proxy, head(proxy, lines) + body + health);
    const statuses = text.match(/^HTTP\/1\.1 \d+/gm)?.join();
    if (strict && i >= 4 && statuses === 'HTTP/1.1 400') continue;
    assert.equal(statuses, 'HTTP/1.1 401,HTTP/1.1 200', lines + text);
  }
  const many = await talk(proxy, health.repeat(200));
  assert.equal(many.text.match(/^HTTP\/1\.1 200 /gm)?.length, 200);
});

test('bare line feeds, NUL and empty lines: read by libmicrohttpd before 1.0, refused since', async (t) => {
  const proxy = await startProxy(t, TRIES);
  const strict = await isStrict();
  const smuggled = head(proxy, '', 'GET /healthz HTTP/1.1');
  const length = 'Content-Length: 13\r\n';
  for (const request of [
    head(proxy, `X: a\n${length}`),
    head(proxy, length).replace('HTTP/1.1\r\n', 'HTTP/1.1\n'),
    head(proxy, length).replace(/\r\n\r\n$/, '\r\n\n'),
    head(proxy, `X: a\0b\r\n${length}`),
    `\r\n${head(proxy, length)}`,
  ]) {
    const { text } = await talk(proxy, request + BODY + smuggled);
    const statuses = text
      .match(/^HTTP\/1\.[01] \d+/gm)
      ?.map((line) => line.slice(9))
      .join();
    const told = JSON.stringify([request, text]);
    if (strict) assert.ok([undefined, '400'].includes(statuses), told);
    else assert.equal(statuses, '401,200', told);
  }
});

test('heads that are too large are told so', async (t) => {
  const proxy = await startProxy(t);
  const before = descriptors(proxy);
  const get = 'GET /healthz HTTP/1.1';
  const value = await talk(proxy, head(proxy, `X: ${'a'.repeat(60000)}\r\n`, get));
  assert.match(value.text, /^HTTP\/1\.1 431 /);
  assert.match((await talk(proxy, head(proxy, 'X: a\r\n'.repeat(9000), get))).text, /^HTTP\/1\.1 431 /);
  const url = await talk(proxy, head(proxy, '', `GET /${'a'.repeat(60000)} HTTP/1.1`));
  assert.match(url.text, /^HTTP\/1\.1 414 /);
  await isCalm(proxy, before);
});

test('header injection: no value of a request ends up as a header line, at the provider or in an answer', async (t) => {
  const lines = /** @type {string[]} */ ([]);
  const upstream = net.createServer((socket) => {
    let got = '';
    socket.on('data', (data) => {
      got += data.toString('latin1');
      if (!got.includes('\r\n\r\n') || !got.endsWith('}')) return;
      lines.push(...got.split(/[\r\n]+/));
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}');
    });
  });
  const url = `http://127.0.0.1:${(await listen(t, upstream)).port}`;
  const proxy = await startProxy(
    t,
    ['--anthropic-base-url', url, '--openai-base-url', url, '--google-base-url', url].concat([
      '--allow-byo-keys',
      '--own-urls',
      url,
    ]),
    { env: { ANTHROPIC_API_KEY: KEY, OPENAI_API_KEY: KEY, GEMINI_API_KEY: KEY } },
  );
  const session = await pair(proxy);
  const evils = [
    '\r\nx-evil: 1',
    '\nx-evil: 1',
    '\rx-evil: 1',
    '\0x-evil: 1',
    '\x01x-evil',
    '%0d%0ax-evil:%201',
  ];
  const body = JSON.stringify(messages('x'));
  const usual = `Authorization: Bearer ${session}\r\nContent-Length: ${body.length}\r\n`;
  const google = '/v1/google/v1beta/models';
  let told = 0;
  for (const evil of evils) {
    for (const name of [
      'X-Api-Key-Anthropic',
      'X-Proxy-Url-Anthropic',
      'Anthropic-Beta',
      'Anthropic-Version',
      'Origin',
    ])
      await send(
        `POST ${MESSAGES} HTTP/1.1`,
        `${name}: ${name === 'X-Proxy-Url-Anthropic' ? url : 'value'}${evil}\r\n`,
      );
    await send(`POST ${MESSAGES}?beta=true${evil} HTTP/1.1`);
    await send(`POST ${google}/gemini${evil}:generateContent HTTP/1.1`);
    await send(`POST ${google}/gemini:streamGenerateContent?alt=sse${evil} HTTP/1.1`);
    await send(
      `POST ${MESSAGES} HTTP/1.1`,
      '',
      body.replace('claude-test', `claude${JSON.stringify(evil).slice(1, -1)}`),
    );
  }
  /** @param {string} line @param {string} [more] */
  async function send(line, more = '', text = body) {
    const length = usual.replace(`: ${body.length}`, `: ${Buffer.byteLength(text, 'latin1')}`);
    const answer = await talk(proxy, head(proxy, length + more, line) + text, 100);
    assert.ok(!/^x-evil/im.test(answer.text), `${line} ${more}`);
    told += answer.text ? 1 : 0;
  }
  assert.ok(told > 30, `${told} answers`);
  assert.ok(lines.length > 0);
  assert.deepEqual(
    lines.filter((line) => /^x-evil/i.test(line)),
    [],
  );
});

test('header injection: nor does a value of a provider, odd headers are left out', async (t) => {
  const upstream = net.createServer((socket) => {
    socket.once('data', () =>
      socket.end(
        'HTTP/1.1 200 OK\r\nrequest-id:\r\nretry-after: a\rSet-Cookie: evil=1\r\nx-request-id: \x01\r\n' +
          'x-ratelimit-good: 7\r\nx-should-retry: tr\tue\r\ncontent-type: application/json\r\nContent-Length: 2\r\n\r\n{}',
      ),
    );
  });
  const { port } = await listen(t, upstream);
  const proxy = await startProxy(t, ['--anthropic-base-url', `http://127.0.0.1:${port}`], {
    env: { ANTHROPIC_API_KEY: KEY },
  });
  const answer = await call(proxy, post(proxy, await pair(proxy), messages('x')));
  assert.equal(answer.status, 200);
  assert.equal(answer.text, '{}');
  assert.equal(answer.headers['x-ratelimit-good'], '7');
  for (const name of ['request-id', 'retry-after', 'x-request-id', 'x-should-retry', 'set-cookie'])
    assert.equal(answer.headers[name], undefined, name);
});

test('slowloris: clients that send a byte now and then are dropped, in the head and in the body', async (t) => {
  const proxy = await startProxy(t, ['--client-idle-seconds', '2', '--request-seconds', '3', ...TRIES]);
  const before = descriptors(proxy);
  const whole = head(proxy, 'Content-Length: 900\r\n');
  /** Sends the rest slowly. @param {string} begin @param {string} rest */
  const drip = async (begin, rest) => {
    const socket = await connect(proxy, begin);
    const start = Date.now();
    let at = 0;
    const timer = setInterval(() => socket.write(rest[at++ % rest.length]), 100);
    socket.resume();
    await once(socket, 'close');
    clearInterval(timer);
    return Date.now() - start;
  };
  const kept = await connect(proxy, head(proxy, '', 'GET /healthz HTTP/1.1'));
  await once(kept, 'data'); // its next head is as slow as that of a new one
  const next = (async () => {
    const start = Date.now();
    const timer = setInterval(() => kept.write('G'), 100);
    kept.resume();
    await once(kept, 'close');
    clearInterval(timer);
    return Date.now() - start;
  })();
  const times = await Promise.all([
    drip('', 'GET /healthz HTTP/1.1'),
    drip(whole.slice(0, -2), 'X-Header: aaaaaaaaaaaaaaaaaa'),
    drip(whole, 'aaaa'),
    drip(head(proxy, 'Transfer-Encoding: chunked\r\n'), '1\r\na\r\n'),
    next,
  ]);
  const limits = [2, 2, 3, 3, 2];
  for (const [i, ms] of times.entries())
    assert.ok(ms > limits[i] * 1000 - 300 && ms < limits[i] * 1000 + 2500, `${i}: ${ms} ms`);
  await until(() => (proxy.stderr.match(/"ended":"client slow"/g) ?? []).length >= 2);
  await isCalm(proxy, before);
});

test('10,000 idle connections: the others are served', async (t) => {
  const limit = () => Number(first(/^Max open files +(\d+)/m, readFileSync('/proc/self/limits', 'utf8')));
  const wanted = String(COUNT + SPARE);
  if (limit() < COUNT + SPARE)
    spawnSync('prlimit', ['--pid', String(process.pid), `--nofile=${wanted}:${wanted}`], { stdio: 'ignore' });
  const count = Math.min(COUNT, limit() - SPARE);
  const proxy = await startProxy(t, ['--max-connections', String(count)]);
  const before = descriptors(proxy);
  const empty = memoryKilobytes(proxy);
  const spare = await connect(proxy);
  const idle = /** @type {net.Socket[]} */ ([]);
  afterwards(t, () => idle.forEach((socket) => socket.destroy()));
  while (idle.length < count - 1)
    idle.push(
      ...(await Promise.all(
        Array.from({ length: Math.min(100, count - 1 - idle.length) }, () => connect(proxy)),
      )),
    );
  spare.write(head(proxy, '', 'GET /healthz HTTP/1.1'));
  const [answer] = await once(spare, 'data');
  assert.match(answer.toString(), /^HTTP\/1\.1 200 /);
  const each = (memoryKilobytes(proxy) - empty) / count;
  t.diagnostic(`${count} idle connections take ${each.toFixed(1)} KB each`);
  assert.ok(each < 40, `${each} KB a connection`);
  if (!Number.isNaN(before)) assert.ok(descriptors(proxy) >= count);
  // One more than allowed waits until another leaves.
  const late = await connect(proxy, head(proxy, 'Connection: close\r\n', 'GET /healthz HTTP/1.1'));
  let served = false;
  late.once('data', () => (served = true));
  await sleep(200);
  assert.equal(served, false);
  spare.destroy();
  await until(() => served, 5000, 'that the one that waited is served');
  for (const socket of idle) socket.destroy();
  await isCalm(proxy, before);
});

test('without descriptors connections wait, and are served when there are some again', async (t) => {
  const proxy = await startProxy(t);
  const limit = (/** @type {number} */ most) =>
    spawnSync('prlimit', ['--pid', String(proxy.child.pid), `--nofile=${most}:`], { stdio: 'ignore' }).status;
  const before = descriptors(proxy);
  const most = first(/^Max open files +(\d+)/m, readFileSync(`/proc/${proxy.child.pid}/limits`, 'utf8'));
  if (Number.isNaN(before) || limit(3) !== 0) return t.skip('the limits of the proxy cannot be changed');
  const waiting = Array.from({ length: 5 }, () => call(proxy, { path: '/healthz' }));
  const early = await Promise.race([Promise.any(waiting), sleep(300)]);
  assert.equal(early, undefined);
  assert.equal(limit(Number(most)), 0);
  for (const answer of await Promise.all(waiting)) assert.equal(answer.status, 200);
  await isCalm(proxy, before);
});

test('half-closed clients and clients that never read are let go', async (t) => {
  const plenty = Buffer.alloc(64 * 1024 * 1024, 'x'); // more than all the buffers between here and there
  const upstream = await startUpstream(t, (request, response) => {
    response.writeHead(200, { ...EVENTS, connection: 'close' });
    if (upstream.seen.length % 2) return response.write(plenty);
    response.write('data: {}\n\n'); // the rest finds the connection at rest
    return setTimeout(() => response.write(plenty), 50);
  });
  const proxy = await startProxy(
    t,
    [
      '--anthropic-base-url',
      upstream.url,
      '--client-idle-seconds',
      '2',
      '--idle-timeout-ms',
      '600000',
    ].concat(['--max-streams-per-session', '10']),
    { env: { ANTHROPIC_API_KEY: KEY } },
  );
  const session = await pair(proxy);
  const before = descriptors(proxy);
  const request = rawPost(proxy, session);
  for (let i = 0; i < 5; i++) {
    const half = await connect(proxy, request);
    half.end();
    half.resume();
    await once(half, 'close');
  }
  const halves = upstream.seen.length;
  const deaf = await Promise.all(Array.from({ length: 10 }, () => connect(proxy, request)));
  for (const socket of deaf) socket.pause();
  await until(() => upstream.seen.length >= halves + 10, 5000, 'that all reach the provider');
  await until(() => upstream.seen.every((seen) => seen.closed), 10000, 'that the provider is let go');
  const idle = () => proxy.stderr.match(/"ended":"client idle"/g)?.length;
  await until(() => idle() === 10, 3000, 'that the log tells of each');
  for (const socket of deaf) socket.destroy();
  await isCalm(proxy, before);
});

test('resets at every stage of a stream leave nothing behind', async (t) => {
  const upstream = await startUpstream(t, async (request, response) => {
    response.on('error', () => {});
    await sleep(10);
    response.writeHead(200, { ...EVENTS, connection: 'close' });
    for (let i = 0; i < 6 && !response.destroyed; i++) {
      response.write(`event: n\ndata: ${'x'.repeat(2000)}\n\n`);
      await sleep(10);
    }
    response.end();
  });
  const proxy = await startProxy(t, ['--anthropic-base-url', upstream.url, '--model-requests', '0'], {
    env: { ANTHROPIC_API_KEY: KEY },
  });
  const session = await pair(proxy);
  const request = rawPost(proxy, session);
  await call(proxy, post(proxy, session, messages('x')));
  const before = descriptors(proxy);
  const cuts = [1, 20, request.indexOf('\r\n\r\n') + 2, request.indexOf('\r\n\r\n') + 10, request.length - 1];
  for (const cut of cuts)
    for (let i = 0; i < 5; i++) {
      const socket = await connect(proxy, request.slice(0, cut));
      await sleep(2);
      socket.resetAndDestroy();
    }
  await Promise.all(
    Array.from({ length: 40 }, async (_, i) => {
      const socket = await connect(proxy, request);
      socket.resume();
      await sleep(i * 3);
      socket.resetAndDestroy();
    }),
  );
  const whole = await call(proxy, post(proxy, session, messages('x')));
  assert.equal(whole.text.match(/event: n/g)?.length, 6);
  await until(() => upstream.seen.every((seen) => seen.closed), 5000);
  const streams = await call(proxy, { path: '/metrics', headers: { authorization: `Bearer ${session}` } });
  assert.match(streams.text, /^umbra_proxy_streams\S* 0$/m);
  await isCalm(proxy, before);
});

test('random bytes and bent requests', async (t) => {
  const proxy = await startProxy(t, ['--client-idle-seconds', '1', ...TRIES]);
  const before = descriptors(proxy);
  const seed = Number(process.env.UMBRA_SEED ?? 7);
  const random = numbers(seed);
  const sound = [
    head(proxy, 'Content-Length: 13\r\n') + BODY,
    head(proxy, 'Transfer-Encoding: chunked\r\n') + CHUNKED,
    head(proxy, 'X: y\r\nExpect: 100-continue\r\n', 'GET /%2e%2e/?a=%00&b HTTP/1.1'),
  ];
  const odd = [
    '\0',
    '\r',
    '\n',
    '\r\n',
    ' ',
    ':',
    '%',
    '\xff',
    '-',
    ';',
    '99999999999999999999',
    'HTTP/1.1',
    'chunked',
  ];
  const bend = () => {
    let text = random(5) ? sound[random(sound.length)] : '';
    for (let n = 1 + random(6); n > 0; n--) {
      const at = random(text.length + 1);
      const what = random(2)
        ? odd[random(odd.length)]
        : String.fromCharCode(random(256)).repeat(1 + random(40));
      text = text.slice(0, at) + what + text.slice(at + random(4));
    }
    return text;
  };
  for (let round = 0; round < Number(process.env.UMBRA_ROUNDS ?? 8); round++)
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        const socket = await connect(proxy, '');
        socket.resume();
        socket.end(Buffer.from(bend(), 'latin1'));
        await once(socket, 'close');
      }),
    );
  await isCalm(proxy, before);
});

test('a secret in an address that is logged is not in the log', async (t) => {
  const web = await startUpstream(t, (request, response) => response.end('{}'));
  const place = new URL(web.url).host;
  const proxy = await startProxy(t, ['--fetch-allow', place]);
  const session = await pair(proxy);
  const secret = 'sk-ant-api03-0123456789abcdef';
  const url = `http://${place}/files/${secret}/umk_${'a'.repeat(43)}`;
  await call(proxy, postTo('/v1/fetch', session, { url }));
  assert.equal(web.seen[0].url?.includes(secret), true);
  await until(() => proxy.stderr.includes('"event":"fetch"'));
  assert.match(proxy.stderr, /files\/\[redacted\]\/\[redacted\]/);
  assert.ok(!proxy.stderr.includes('0123456789abcdef'));
});

test('one client that reads slowly does not hold up another', async (t) => {
  const upstream = await startUpstream(t, (request, response) => {
    response.writeHead(200, EVENTS);
    response.end(`data: ${'x'.repeat(8_000_000)}\n\n`);
  });
  const proxy = await startProxy(t, ['--anthropic-base-url', upstream.url], {
    env: { ANTHROPIC_API_KEY: KEY },
  });
  const session = await pair(proxy);
  const slow = await open(proxy, post(proxy, session, messages('x')));
  slow.pause();
  const quick = await call(proxy, post(proxy, session, messages('x')));
  assert.equal(quick.bytes.length, 8_000_008);
  slow.destroy();
});
