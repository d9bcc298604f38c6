/**
 * The tests of the demo-proxy under valgrind's memcheck: `node scripts/proxy-valgrind.mjs [TEST…]`, where TEST is the
 * name of a file in tests/proxy without `.test.mjs`; all of them without it, which takes ten minutes. An error or a leak
 * ends the proxy with a status that fails its test. The proxy runs without its sandbox, which would forbid valgrind's own
 * calls, and 20 times slower: so long do the tests wait (UMBRA_PATIENCE). Those that look at what valgrind itself is to
 * the system leave themselves out, and say so.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from './lib/run.mjs';

const binary = path.resolve(root, process.env.UMBRA_PROXY_BIN ?? 'build/native/demo-proxy');
const folder = mkdtempSync(path.join(tmpdir(), 'px-valgrind-'));
const wrapper = path.join(folder, 'demo-proxy');
const all = readdirSync(path.join(root, 'tests/proxy'))
  .filter((name) => name.endsWith('.test.mjs'))
  .map((name) => `tests/proxy/${name}`);
const tests = process.argv.slice(2).map((name) => `tests/proxy/${name}.test.mjs`);

writeFileSync(
  wrapper,
  `#!/bin/sh
export UMBRA_NO_SANDBOX=1
exec valgrind --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,indirect \\
  --errors-for-leak-kinds=definite,indirect --log-file='${folder}/log.%p' '${binary}' "$@"
`,
);
chmodSync(wrapper, 0o755);
chmodSync(folder, 0o1777); // some tests run the proxy as another user
const result = spawnSync(
  process.execPath,
  ['--test', '--test-concurrency=1', ...(tests.length ? tests : all)],
  {
    cwd: root,
    stdio: 'inherit',
    env: { UMBRA_PATIENCE: '20', ...process.env, UMBRA_VALGRIND: '1', UMBRA_PROXY_BIN: wrapper },
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
