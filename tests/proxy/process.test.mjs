// The program itself: options, exit codes, port, state folder, signals.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import {
  KEY,
  PATIENCE,
  VALGRIND,
  call,
  messages,
  open,
  pair,
  post,
  run,
  startProxy,
  temporaryFolder,
  until,
} from './support.mjs';

const LIBRARIES = ['libmicrohttpd', 'gnutls', 'libcurl', 'openssl', 'libjwt', 'c-ares', 'sqlite'].concat([
  'libseccomp',
  'cjson',
]);

test('the first line of the log names the libraries, as --version does', async (t) => {
  const { stdout } = await run(['--version']);
  const proxy = await startProxy(t);
  await until(() => proxy.stderr.includes('\n'));
  const line = JSON.parse(proxy.stderr.split('\n')[0]);
  assert.equal(line.event, 'libraries');
  assert.equal(`demo-proxy ${line.version}`, stdout.split('\n')[0]);
  for (const name of LIBRARIES) assert.ok(stdout.includes(`\n${name} ${line[name]}\n`), name);
});

test('help and version come from the program; unknown options exit with 2', async () => {
  const help = await run(['--help']);
  assert.equal(help.code, 0);
  for (const name of [
    '--port',
    'UMBRA_PORT',
    '--allowed-origins',
    'ALLOWED_ORIGINS',
    'ANTHROPIC_API_KEY',
    '--shutdown-grace-ms',
    '10485760',
  ])
    assert.ok(help.stdout.includes(name), name);
  const version = (await run(['--version'])).stdout;
  assert.match(version, /^demo-proxy \d/);
  for (const name of LIBRARIES) assert.match(version, new RegExp(`^${name} \\d+\\.\\d+`, 'm'));
  for (const [args, words] of /** @type {[string[], RegExp][]} */ ([
    [['--nope'], /unknown option --nope/],
    [['--port'], /--port needs a value/],
    [['--port', 'http'], /--port is "http"; use a whole number from 0 to 65535/],
    [['--port', '70000'], /0 to 65535/],
    [['--bind', '0.0.0.0'], /refused.*127\.0\.0\.1/],
    [['--bind', '192.168.1.4'], /refused/],
    [['--bind', 'nowhere'], /no IP address/],
    [['--anthropic-api-key', KEY], /never given as a flag/],
    [['--allowed-origins', 'https://app.example/path'], /exact origin/],
    [['--allowed-origins', '*'], /exact origin/],
    [['--anthropic-base-url', 'http://api.example'], /plain http is only for this machine/],
    [['--anthropic-base-url', 'https://user:pw@api.example'], /user name/],
    [['--anthropic-base-url', 'ftp://api.example'], /https/],
    [['serve'], /no command/],
    [['--scenario', '/nonexistent.json'], /cannot read the scenario/],
  ])) {
    const state = path.join('/tmp', `px-none-${process.pid}`);
    const result = await run(['--port', '0', '--state-dir', state, ...args]);
    assert.ok(
      result.code === 2 || (result.code === 1 && /scenario/.test(result.stderr)),
      `${args}: ${result.code} ${result.stderr}`,
    );
    assert.match(result.stderr, words);
    assert.ok(!result.stderr.includes(KEY) && !result.stderr.includes('pw@'));
    assert.equal(result.stdout, '');
  }
});

test('every option can come from the environment, and a flag wins', async (t) => {
  const state = path.join(temporaryFolder(t), 'deep', 'state');
  const proxy = await startProxy(t, ['--max-streams', '5'], {
    stateDir: state,
    env: { UMBRA_PORT: '1', UMBRA_OFFLINE: '1', UMBRA_MAX_STREAMS: '9', ANTHROPIC_API_KEY: KEY },
  });
  assert.match(
    proxy.stdout,
    /^demo-proxy listening on http:\/\/127\.0\.0\.1:\d+ \(model: scripted offline demo, not a model\)\nopen http:\/\/127\.0\.0\.1:\d+\/#pair=[A-Za-z0-9_-]{43}\n$/,
  );
  assert.equal(statSync(state).mode & 0o777, 0o700);
  const bad = await run(['--state-dir', state], { UMBRA_OFFLINE: 'perhaps' });
  assert.equal(bad.code, 2);
  assert.match(bad.stderr, /UMBRA_OFFLINE is "perhaps"/);
});

test('a port that is taken is named', async (t) => {
  const proxy = await startProxy(t);
  const second = await run(['--port', String(proxy.port), '--state-dir', path.join(temporaryFolder(t), 's')]);
  assert.equal(second.code, 1);
  assert.equal(
    second.stderr,
    `demo-proxy: port ${proxy.port} on 127.0.0.1 is in use by another program; stop it or choose another port with --port N\n`,
  );
});

test('a secret that others can read is refused', async (t) => {
  const state = path.join(temporaryFolder(t), 'state');
  const proxy = await startProxy(t, [], { stateDir: state });
  await proxy.stop();
  const secret = path.join(state, 'session-secret');
  const bytes = readFileSync(secret);
  chmodSync(secret, 0o644);
  const wide = await run(['--port', '0', '--state-dir', state]);
  assert.equal(wide.code, 1);
  assert.match(wide.stderr, /session-secret.*0644.*chmod 600/);
  chmodSync(secret, 0o600);
  writeFileSync(secret, bytes.subarray(0, 16));
  const short = await run(['--port', '0', '--state-dir', state]);
  assert.equal(short.code, 1);
  assert.match(short.stderr, /not 32 bytes/);
  const open = path.join(temporaryFolder(t), 'open');
  mkdirSync(open);
  chmodSync(open, 0o777);
  assert.match((await run(['--port', '0', '--state-dir', open])).stderr, /chmod 700/);
});

test('the key comes from a file too, and faulty ones are refused without being shown', async (t) => {
  const folder = temporaryFolder(t);
  const file = path.join(folder, 'key');
  writeFileSync(file, `${KEY}\n`, { mode: 0o600 });
  const proxy = await startProxy(t, [
    '--anthropic-api-key-file',
    file,
    '--anthropic-base-url',
    'http://127.0.0.1:9',
  ]);
  assert.match(proxy.stdout, /model: 127\.0\.0\.1\)/);
  writeFileSync(file, 'two words');
  chmodSync(file, 0o640);
  const open = await run(['--port', '0', '--state-dir', folder, '--anthropic-api-key-file', file]);
  assert.equal(open.code, 2);
  assert.match(open.stderr, /can be read by others/);
  chmodSync(file, 0o600);
  for (const result of [
    await run(['--port', '0', '--state-dir', folder, '--anthropic-api-key-file', file]),
    await run(['--port', '0', '--state-dir', folder], { ANTHROPIC_API_KEY: 'two words' }),
    await run(['--port', '0', '--state-dir', folder], { ANTHROPIC_API_KEY: 'x\r\ny: z' }),
  ]) {
    assert.equal(result.code, 2);
    assert.match(result.stderr, /blanks/);
    assert.ok(!result.stderr.includes('two words'));
  }
});

const OWN_ENVIRONMENT = VALGRIND && 'valgrind starts the program with a copy of the environment';

test('the key is not left in the environment of the process', { skip: OWN_ENVIRONMENT }, async (t) => {
  const proxy = await startProxy(t, [], { env: { ANTHROPIC_API_KEY: KEY } });
  assert.ok(!readFileSync(`/proc/${proxy.child.pid}/environ`, 'latin1').includes(KEY));
  assert.ok(!readFileSync(`/proc/${proxy.child.pid}/cmdline`, 'latin1').includes(KEY));
});

test('SIGTERM with nothing to do ends at once', async (t) => {
  const proxy = await startProxy(t);
  assert.ok(existsSync(path.join(proxy.state, 'listening')));
  const before = Date.now();
  assert.equal(await proxy.stop('SIGTERM'), 0);
  assert.ok(Date.now() - before < 1000 * PATIENCE);
  assert.ok(!existsSync(path.join(proxy.state, 'listening')));
});

test('SIGTERM lets a running stream end', async (t) => {
  const proxy = await startProxy(t, ['--offline-delay-ms', '40']);
  const session = await pair(proxy);
  const response = await open(proxy, post(proxy, session, messages('what can you do?')));
  let text = '';
  response.on('data', (d) => (text += d));
  await until(() => text.includes('content_block_delta'));
  proxy.child.kill('SIGTERM');
  const isRefused = () =>
    call(proxy, { path: '/healthz' }).then(
      () => false,
      () => true,
    );
  await until(isRefused, 3000, 'that no new connection is taken');
  assert.equal((await proxy.exit)[0], 0);
  assert.match(text, /event: message_stop\n/);
});

test('SIGTERM breaks a stream off after the grace, with an error event', async (t) => {
  const proxy = await startProxy(t, ['--offline-delay-ms', '300', '--shutdown-grace-ms', '200']);
  const session = await pair(proxy);
  const response = await open(proxy, post(proxy, session, messages('what can you do?')));
  let text = '';
  let ended = false;
  response.on('data', (d) => (text += d));
  response.on('end', () => (ended = true));
  await until(() => text.includes('message_start'));
  const before = Date.now();
  assert.equal(await proxy.stop('SIGTERM'), 0);
  assert.ok(Date.now() - before < 1500 * PATIENCE);
  assert.match(text, /\n\nevent: error\ndata: \{"type":"error","error":\{"type":"overloaded_error"/);
  assert.ok(ended);
});
