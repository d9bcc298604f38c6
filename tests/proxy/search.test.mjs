// The web search: which provider is asked for what, what of its answer comes through, and how it fails.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { sql } from './database.mjs';
import {
  abandon,
  call,
  logLines,
  open,
  pair,
  postTo,
  run,
  startProxy,
  startUpstream,
  temporaryFolder,
  until,
} from './support.mjs';

const SECRET = 'BSA-canary-search-key-77';
const QUERY = 'how deep is the "sea" & why?';

/**
 * @param {string} session
 * @param {any} what
 */
const request = (session, what) => postTo('/v1/search', session, what);

/**
 * A proxy whose search provider answers with this.
 * @param {import('./support.mjs').Test} t
 * @param {(request: any, response: any) => any} answer
 * @param {{ args?: string[], env?: Record<string, string> }} [options]
 */
async function startSearching(t, answer, { args = [], env = {} } = {}) {
  const backend = await startUpstream(t, answer);
  const proxy = await startProxy(
    t,
    ['--search-url', `${backend.url}/base/`, '--fetch-requests', '0', ...args],
    {
      env,
    },
  );
  const session = await pair(proxy);
  /** @param {any} what */
  const search = (what) => call(proxy, request(session, what));
  return { proxy, session, search, backend };
}

/** @param {any} value @param {number} [status] @param {Record<string, string>} [headers] */
const json =
  (value, status = 200, headers = {}) =>
  (/** @type {any} */ _, /** @type {any} */ response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(typeof value === 'string' ? value : JSON.stringify(value));
  };

const HIT = { url: 'https://example.com/sea', title: 'The sea', content: 'Deep.' };
const CLEAN = [{ title: 'The sea', url: 'https://example.com/sea', snippet: 'Deep.' }];

test('SearXNG: the query goes out as it is, the results come back', async (t) => {
  const { search, backend, proxy } = await startSearching(t, json({ query: 'x', results: [HIT] }));
  const answer = await search({ query: QUERY });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.json, { results: CLEAN, provider: 'searxng' });
  const seen = new URL(backend.seen[0].url ?? '', backend.url);
  assert.equal(backend.seen[0].method, 'GET');
  assert.equal(seen.pathname, '/base/search');
  assert.deepEqual(Object.fromEntries(seen.searchParams), { q: QUERY, format: 'json' });
  for (const name of ['cookie', 'referer', 'authorization', 'origin'])
    assert.equal(backend.seen[0].headers[name], undefined);
  await until(() => logLines(proxy, 'search').length === 1);
  const { provider, outcome, status, results } = logLines(proxy, 'search')[0];
  assert.deepEqual([provider, outcome, status, results], ['searxng', 'ok', 200, 1]);
  assert.ok(!/deep|sea"/i.test(proxy.stderr));
  const [row] = sql(
    proxy.state,
    "SELECT kind, route, provider, status FROM audit WHERE route = '/v1/search'",
  );
  assert.deepEqual(row, ['search', '/v1/search', 'searxng', 200]);
});

test('Brave and Tavily: key, address and form, from environment, file and folder', async (t) => {
  const { url, title, content } = HIT;
  const brave = json({ type: 'search', web: { results: [{ url, title, description: content }] } });
  const asked = { query: QUERY, max_results: 3 };
  const folder = path.join(temporaryFolder(t), 'keys');
  mkdirSync(folder, { mode: 0o700 });
  writeFileSync(path.join(folder, 'brave-api-key'), `${SECRET}\n`, { mode: 0o600 });
  for (const place of [
    { args: [], env: { BRAVE_API_KEY: SECRET, TAVILY_API_KEY: 'unused-canary' } },
    { args: ['--search-api-key-file', path.join(folder, 'brave-api-key')] },
    { args: ['--keys-dir', folder] },
  ]) {
    const options = { ...place, args: ['--search-provider', 'brave', ...place.args] };
    const { search, backend } = await startSearching(t, brave, options);
    assert.deepEqual((await search(asked)).json, { results: CLEAN, provider: 'brave' });
    const seen = new URL(backend.seen[0].url ?? '', backend.url);
    assert.equal(seen.pathname, '/base/web/search');
    assert.deepEqual(Object.fromEntries(seen.searchParams), { q: QUERY, count: '3' });
    assert.equal(backend.seen[0].headers['x-subscription-token'], SECRET);
  }
  const { search, backend } = await startSearching(t, json({ results: [HIT] }), {
    args: ['--search-provider', 'tavily'],
    env: { TAVILY_API_KEY: SECRET },
  });
  assert.deepEqual((await search(asked)).json, { results: CLEAN, provider: 'tavily' });
  assert.deepEqual([backend.seen[0].method, backend.seen[0].url], ['POST', '/base/search']);
  assert.deepEqual(JSON.parse(backend.seen[0].body.toString()), { query: QUERY, max_results: 3 });
  assert.equal(backend.seen[0].headers.authorization, `Bearer ${SECRET}`);
});

test('a key in a file is read again at SIGHUP', async (t) => {
  const file = path.join(temporaryFolder(t), 'key');
  writeFileSync(file, SECRET, { mode: 0o600 });
  const { search, backend, proxy } = await startSearching(t, json({ web: { results: [] } }), {
    args: ['--search-provider', 'brave', '--search-api-key-file', file],
  });
  await search({ query: 'a' });
  writeFileSync(file, 'another-key');
  proxy.child.kill('SIGHUP');
  await until(() => proxy.stderr.includes('key rotated'));
  await search({ query: 'a' });
  chmodSync(file, 0o644);
  proxy.child.kill('SIGHUP');
  await until(() => proxy.stderr.includes('key kept'));
  await search({ query: 'a' });
  assert.deepEqual(
    backend.seen.map(({ headers }) => headers['x-subscription-token']),
    [SECRET, 'another-key', 'another-key'],
  );
});

test('results are the words of strangers: only web addresses, texts without tags and controls, cut', async (t) => {
  const results = [
    { ...HIT, url: 'javascript:alert(1)' },
    { ...HIT, url: 'https://user:password@example.com/' },
    { ...HIT, url: 'data:text/html,x' },
    { ...HIT, url: 7 },
    'text',
    { url: 'http://a.example/', title: '<b>A</b>\u001b[31m\u202e', content: '<script>x</script> y\u0000 z' },
    { url: 'http://b.example/', title: 'ü'.repeat(1000), content: 'w'.repeat(1000) },
    { url: 'http://c.example/' },
    { url: 'http://d.example/' },
  ];
  const { search } = await startSearching(t, json({ results }), { args: ['--search-snippet-bytes', '100'] });
  const found = (await search({ query: 'x', max_results: 3 })).json.results;
  assert.deepEqual(
    found.map((/** @type {any} */ r) => r.url),
    ['http://a.example/', 'http://b.example/', 'http://c.example/'],
  );
  assert.equal(found[0].title, 'A[31m');
  assert.ok(![...found[0].snippet].some((c) => c < ' ' || c === '<'));
  assert.equal(found[1].title, 'ü'.repeat(150));
  assert.equal(found[1].snippet.length, 100);
  assert.deepEqual(found[2], { title: '', url: 'http://c.example/', snippet: '' });
});

test('requests that make no sense are refused before anybody is asked', async (t) => {
  const { search, backend } = await startSearching(t, json({ results: [HIT, { ...HIT }] }), {
    args: ['--search-query-bytes', '20', '--search-max-results', '1'],
  });
  for (const what of ['', '{', '[]', '{}', { query: 7 }, { query: '' }, { query: '  ' }, { query: 'a\nb' }]
    .concat(/** @type {any[]} */ ([{ query: 'x'.repeat(21) }, { query: 'x', max_results: 0 }]))
    .concat(
      /** @type {any[]} */ ([
        { query: 'x', max_results: 'many' },
        { query: 'x', max_results: -1 },
      ]),
    )) {
    const answer = await search(what);
    assert.equal(answer.status, 400, `${JSON.stringify(what)} ${answer.text}`);
    assert.equal(answer.json.error.type, 'invalid_request_error');
  }
  assert.equal(backend.seen.length, 0);
  assert.equal((await search({ query: 'x', max_results: 1000 })).json.results.length, 1);
});

test('what the provider does wrong becomes an error in words, without its own', async (t) => {
  const echo = `refused ${SECRET} ${QUERY}`;
  const cases = /** @type {[any, number, string, RegExp][]} */ ([
    [json(echo, 401), 502, 'api_error', /check the key in BRAVE_API_KEY/],
    [json(echo, 403), 502, 'api_error', /status 403/],
    [json(echo, 429), 429, 'rate_limit_error', /try again later/],
    [json(echo, 500), 502, 'api_error', /status 500/],
    [json('<html>'), 502, 'api_error', /no list of results/],
    [json({ web: {} }), 502, 'api_error', /no list of results/],
    [json({}, 302, { location: 'http://127.0.0.1:1/' }), 502, 'api_error', /redirect/],
    [json('x'.repeat(10000)), 502, 'api_error', /more than 4096 bytes/],
    [() => {}, 504, 'timeout_error', /150 ms/],
    [
      (/** @type {any} */ _, /** @type {any} */ response) => response.destroy(),
      502,
      'api_error',
      /no usable answer/,
    ],
    [
      (/** @type {any} */ _, /** @type {any} */ response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('{"web":');
        setTimeout(() => response.destroy(), 20);
      },
      502,
      'api_error',
      /broke/,
    ],
  ]);
  let answer = cases[0][0];
  const { search, proxy, backend } = await startSearching(t, (q, response) => answer(q, response), {
    args: ['--search-provider', 'brave', '--search-max-bytes', '4096', '--search-timeout-ms', '150'],
    env: { BRAVE_API_KEY: SECRET },
  });
  for (const [behaviour, status, type, words] of cases) {
    answer = behaviour;
    const failed = await search({ query: QUERY });
    assert.equal(failed.status, status, failed.text);
    assert.equal(failed.json.error.type, type);
    assert.match(failed.json.error.message, words);
    assert.ok(!failed.text.includes(SECRET) && !failed.text.includes('deep'));
  }
  assert.equal(backend.seen.length, cases.length);
  answer = json({ web: { results: [] } });
  assert.deepEqual((await search({ query: QUERY })).json.results, []);
  assert.ok(!proxy.stderr.includes(SECRET));
});

test('a client that leaves ends its search; one over the limit is told to wait', async (t) => {
  let waits = true;
  const { proxy, session, search, backend } = await startSearching(
    t,
    (q, response) => waits || json({ results: [] })(q, response),
    { args: ['--max-fetches', '1'] },
  );
  const leaving = open(proxy, request(session, { query: 'slow' })).catch(() => undefined);
  await until(() => backend.seen.length === 1);
  const full = await search({ query: 'x' });
  assert.equal(full.status, 529);
  assert.equal(full.headers['retry-after'], '1');
  backend.server.closeAllConnections();
  await leaving;
  await until(() => logLines(proxy, 'search').length === 1);
  await abandon(proxy, request(session, { query: 'slow' }), () => backend.seen.length === 2);
  await until(() => backend.seen[1].closed, 3000, 'the connection to the provider closes');
  await until(() => logLines(proxy, 'search').some(({ outcome }) => outcome === 'client left'));
  waits = false;
  assert.equal((await search({ query: 'x' })).status, 200);
});

test('the proxy stops in the middle of a search', async (t) => {
  const { proxy, session, backend } = await startSearching(t, () => {}, {
    args: ['--shutdown-grace-ms', '50'],
  });
  const answer = call(proxy, request(session, { query: 'slow' }));
  await until(() => backend.seen.length === 1);
  proxy.child.kill('SIGTERM');
  assert.equal((await answer).status, 503);
  assert.equal(await proxy.stop(), 0);
});

test('it counts among the fetches, and is told of', async (t) => {
  const { search, proxy, session } = await startSearching(t, json({ results: [] }), {
    args: ['--fetch-requests', '2'],
  });
  const first = await search({ query: 'x' });
  assert.equal(first.headers['ratelimit-remaining'], '1');
  await search({ query: 'x' });
  assert.equal((await search({ query: 'x' })).status, 429);
  const headers = { authorization: `Bearer ${session}` };
  assert.equal((await call(proxy, { path: '/v1/providers', headers })).json.search, 'searxng');
});

test('without a search provider: a refusal in words; settings that make no sense', async (t) => {
  const proxy = await startProxy(t);
  const session = await pair(proxy);
  const answer = await call(proxy, request(session, { query: 'x' }));
  assert.equal(answer.status, 400);
  assert.match(answer.json.error.message, /no search is configured.*--search-url/);
  assert.equal((await call(proxy, request('', { query: 'x' }))).status, 401);
  const state = path.join(temporaryFolder(t), 'state');
  for (const [args, words] of /** @type {[string[], RegExp][]} */ ([
    [['--search-provider', 'altavista'], /use searxng, brave or tavily/],
    [['--search-provider', 'searxng'], /needs --search-url/],
    [['--search-provider', 'brave'], /set BRAVE_API_KEY/],
    [['--search-url', 'http://search.example'], /plain http/],
    [['--search-url', 'https://user:secret@search.example'], /leave out user name/],
    [['--search-url', 'https://search.example/?key=secret'], /query/],
  ])) {
    const { code, stderr } = await run([
      '--port',
      '0',
      '--state-dir',
      state,
      '--local-ports',
      'none',
      ...args,
    ]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, words);
    assert.ok(!stderr.includes('secret'));
  }
});
