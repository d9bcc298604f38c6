/** umbra sh: a shell that sees the shadow, or an empty workspace, and nothing else of this machine. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { project } from './support.mjs';
import { root } from '../e2e/support/servers.mjs';

const binary = process.env.UMBRA_BIN ?? path.join(root, 'build/native/umbra');

/**
 * Runs it without a folder.
 * @param {string[]} parameters
 * @param {string} [input]
 */
async function scratch(parameters, input = '') {
  const child = spawn(binary, ['sh', ...parameters], { stdio: 'pipe' });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => (stdout += data));
  child.stderr.on('data', (data) => (stderr += data));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const [status] = await once(child, 'close');
  return { status, stdout, stderr };
}

test('changes the shadow and not the folder', async (context) => {
  const { umbra, read } = await project(context, { 'a.txt': 'TODO one\n', 'd/b.txt': 'two\n' });
  const run = await umbra(['sh', '-c', 'sed -i s/TODO/done/ a.txt; rm d/b.txt; echo new > c; pwd; ls']);
  assert.deepEqual(run, { status: 0, stdout: '/workspace\na.txt\nc\nd\n', stderr: '' });
  assert.equal(await read('a.txt'), 'TODO one\n');
  assert.equal((await umbra(['status'])).stdout, 'M a.txt\nA c\nD d/b.txt\n');
  assert.equal((await umbra(['sh', '-c', 'cat a.txt c'])).stdout, 'done one\nnew\n');
});

test('sees nothing of the machine', async (context) => {
  const secret = path.join((await project(context, { secret: 'x' })).folder, 'secret');
  const run = await scratch(['-c', `cat ${secret} /etc/passwd; env | grep -c UMBRA; ls /`]);
  assert.equal(run.stdout, '0\nbin\ndev\nhome\nproc\ntmp\nusr\nworkspace\n');
  assert.match(run.stderr, /No such file or directory/);
});

test('takes a script from the standard input, and what is behind it is for its commands', async () => {
  const run = await scratch([], 'read line\nfor the command\necho "got $line"\nexit 7\n');
  assert.deepEqual(run, { status: 7, stdout: 'got for the command\n', stderr: '' });
  assert.equal((await scratch(['-c', 'wc -c'], 'x'.repeat(1_000_000))).stdout, '1000000\n');
});

test('a line that comes in parts is one line', async () => {
  const child = spawn(binary, ['sh'], { stdio: 'pipe' });
  let stdout = '';
  child.stdout.on('data', (data) => (stdout += data));
  child.stdin.write('echo one');
  await new Promise((resolve) => setTimeout(resolve, 200));
  child.stdin.end(' two; echo three');
  await once(child, 'close');
  assert.equal(stdout, 'one two\nthree\n');
});

test('a line of 10 MB ends in its own result or in a limit, and the next one works', async () => {
  const run = await scratch([], `echo ${'a '.repeat(5_000_000)}| wc -c\necho next\n`);
  assert.match(run.stdout, /^(10000000\n)?next\n$/);
  assert.match(run.stdout + run.stderr, /^10000000|memory limit/);
});

test('answers as JSON, with variables and files that it was given', async (context) => {
  const { folder } = await project(context, {});
  const tool = path.join(folder, 'tool');
  await writeFile(tool, '#!/bin/bash\necho "tool $WORD $*"\n');
  await chmod(tool, 0o755);
  const run = await scratch([
    '--json',
    '--env',
    'WORD=w',
    '--put',
    `${tool}:/tmp/bin/tool`,
    '-c',
    '/tmp/bin/tool a; echo bad >&2; exit 3',
  ]);
  assert.equal(run.status, 3);
  assert.deepEqual(JSON.parse(run.stdout), { stdout: 'tool w a\n', stderr: 'bad\n', exitCode: 3 });
});

test('a signal reaches what runs', async () => {
  const child = spawn(
    binary,
    ['sh', '-c', 'trap "echo caught; exit 9" INT; echo ready; while :; do :; done'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let stdout = '';
  for await (const data of child.stdout) {
    if (stdout === '') child.kill('SIGINT');
    stdout += data;
  }
  const status = child.exitCode ?? (await once(child, 'close'))[0];
  assert.deepEqual([status, stdout], [9, 'ready\ncaught\n']);
});

test('errors name what is wrong', async () => {
  const missing = await scratch(['--put', 'nowhere:/tmp/x', '-c', 'true']);
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /^umbra: nowhere: No such file or directory\n$/);
  const syntax = await scratch(['-c', 'if true']);
  assert.equal(syntax.status, 2);
  assert.match(syntax.stderr, /syntax error/);
  assert.equal((await scratch(['-c', 'no-such-command'])).status, 127);
});
