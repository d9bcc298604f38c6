/**
 * Runs tests of the demo-proxy under valgrind's memcheck: `node scripts/proxy-valgrind.mjs [TEST…]`, where TEST is the
 * name of a file in tests/proxy without `.test.mjs`. An error or a leak ends the proxy with a status that fails its test.
 * The proxy runs without its sandbox there, which would forbid valgrind's own calls, and 20 times slower: tests that
 * measure time or memory fail there, and so does `page`, since valgrind 3.19 does not know the system call openat2.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from './lib/run.mjs';

const USUAL = ['session', 'offline', 'scenario', 'providers', 'status', 'exposure'];
const binary = path.join(root, 'build/native/demo-proxy');
const folder = mkdtempSync(path.join(tmpdir(), 'px-valgrind-'));
const wrapper = path.join(folder, 'demo-proxy');
const names = process.argv.length > 2 ? process.argv.slice(2) : USUAL;

writeFileSync(
  wrapper,
  `#!/bin/sh
exec valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect \\
  --track-fds=no --log-file='${folder}/log.%p' '${binary}' "$@" --no-sandbox
`,
);
chmodSync(wrapper, 0o755);
const result = spawnSync(
  process.execPath,
  ['--test', '--test-concurrency=1', ...names.map((name) => `tests/proxy/${name}.test.mjs`)],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, UMBRA_PROXY_BIN: wrapper },
  },
);
const logs = readdirSync(folder).filter((name) => name.startsWith('log.'));
const findings = (/** @type {string} */ name) =>
  readFileSync(path.join(folder, name), 'utf8')
    .match(/^==.*$/gm)
    ?.join('\n') ?? '';
const faulty = logs.map(findings).filter(Boolean);
rmSync(folder, { recursive: true });
process.stdout.write(
  `${faulty.join('\n')}\n${logs.length} runs under valgrind, ${faulty.length} with findings\n`,
);
process.exitCode = faulty.length ? 1 : (result.status ?? 1);
