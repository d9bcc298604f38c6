/** umbra tool Bash: a command line on the shadow, without a model. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { project } from './support.mjs';

test('changes the shadow and not the folder, and can be rewound', async (context) => {
  const { tool, umbra, read } = await project(context, { 'a.txt': 'one\n' });
  const run = await tool('Bash', {
    command: 'pwd; sed -i s/one/1/ a.txt; for i in 1 2; do echo $i > $i; done',
  });
  assert.deepEqual(run, { status: 0, stdout: '/workspace\n', stderr: '' });
  assert.equal(await read('a.txt'), 'one\n');
  assert.equal((await umbra(['status'])).stdout, 'A 1\nA 2\nM a.txt\n');
  assert.deepEqual(await tool('Bash', { command: 'cat 1 2 nothing' }), {
    status: 1,
    stdout: '',
    stderr: '1\n2\ncat: nothing: No such file or directory\nexit status 1\n',
  });
  const { stdout } = await umbra(['log']);
  const [, number] = /^ *(\d+) .*before Bash pwd; sed/m.exec(stdout) ?? [];
  assert.equal((await umbra(['rewind', number])).status, 0);
  assert.equal((await umbra(['status'])).stdout, '');
});

test('a sleep is as long as it says, and a timeout ends it', async (context) => {
  const { tool } = await project(context, {});
  const start = performance.now();
  assert.equal((await tool('Bash', { command: 'sleep 0.2; echo done' })).stdout, 'done\n');
  const took = performance.now() - start;
  assert.ok(took >= 200 && took < 900, `${took} ms`);
  const run = await tool('Bash', { command: 'echo a > f; yes > /dev/null', timeout: 300 });
  assert.equal(run.status, 1);
  assert.match(run.stderr, /^\[it was ended after 300 ms; what it wrote stays\./);
  assert.equal((await tool('Bash', { command: 'cat f' })).stdout, 'a\n');
});

test('Ctrl-C cancels the command line and keeps what it wrote', async (context) => {
  const { start, tool } = await project(context, {});
  const child = start(['tool', 'Bash', JSON.stringify({ command: 'echo a > f; echo said; sleep 100' })]);
  let stderr = '';
  child.stderr.on('data', (data) => (stderr += data));
  // It tells what it printed at its end only: nothing else says that it has begun.
  await sleep(400);
  const asked = performance.now();
  child.kill('SIGINT');
  const [status] = await once(child, 'close');
  assert.ok(performance.now() - asked < 1000);
  assert.equal(status, 1);
  assert.equal(stderr, 'said\n[cancelled by the user; what it wrote until then stays]\n');
  assert.equal((await tool('Bash', { command: 'cat f' })).stdout, 'a\n');
});
