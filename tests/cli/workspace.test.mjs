/** umbra on a real folder: the shadow, its changes, and commits that harm nothing. */
import assert from 'node:assert/strict';
import { chmod, mkdir, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { project, snapshot } from './support.mjs';

test('the folder is written by commit only, and then exactly as reviewed', async (context) => {
  const { folder, tool, umbra, read } = await project(context, {
    'a.txt': 'one\ntwo\n',
    'src/b.c': 'int b;\n',
  });
  const before = await snapshot(folder);
  assert.equal((await tool('Edit', { file_path: 'a.txt', old_string: 'two', new_string: '2' })).status, 0);
  assert.equal((await tool('Write', { file_path: 'new/deep/c.md', content: '# c' })).status, 0);
  assert.equal((await umbra(['status'])).stdout, 'M a.txt\nA new/deep/c.md\n');
  assert.deepEqual(await snapshot(folder), before);
  const { stdout } = await umbra(['diff', 'a.txt']);
  assert.equal(
    stdout,
    'diff --git a/a.txt b/a.txt\n--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1,2 @@\n one\n-two\n+2\n',
  );
  assert.equal((await umbra(['commit', 'a.txt'])).status, 0);
  assert.equal(await read('a.txt'), 'one\n2\n');
  assert.equal((await umbra(['status'])).stdout, 'A new/deep/c.md\n');
  assert.equal((await umbra(['commit'])).status, 0);
  assert.equal(await read('new/deep/c.md'), '# c');
  assert.equal((await umbra(['status'])).stdout, '');
});

test('names and contents of every kind come through unchanged', async (context) => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const long = `${'n'.repeat(251)}.txt`;
  const files = {
    'with space.txt': 'x\n',
    'quote\'s "double".txt': 'x\n',
    'ünï 日本 🎉.txt': 'x\r\n',
    [long]: 'x',
    '-dash': '',
    'all.bin': bytes,
    'line\nbreak': 'x\n',
  };
  const { folder, tool, umbra } = await project(context, files);
  await chmod(path.join(folder, '-dash'), 0o755);
  await symlink('all.bin', path.join(folder, 'link'));
  const before = await snapshot(folder);
  for (const name of Object.keys(files)) {
    if (name === 'all.bin') continue;
    assert.equal((await tool('Write', { file_path: name, content: 'changed\n' })).status, 0, name);
  }
  assert.match((await tool('Read', { file_path: 'all.bin' })).stderr, /binary/);
  assert.deepEqual(await snapshot(folder), before);
  const commit = await umbra(['commit']);
  assert.equal(commit.status, 0, commit.stderr);
  const after = await snapshot(folder);
  const changed = Buffer.from('changed\n').toString('base64');
  assert.deepEqual(
    after,
    Object.fromEntries(
      Object.entries(before).map(([name, kept]) => [
        name,
        name in files && name !== 'all.bin' ? `${kept.split(' ')[0]} ${changed}` : kept,
      ]),
    ),
  );
});

test('a file that changed in the folder meanwhile is a conflict and is left alone', async (context) => {
  const { folder, tool, umbra, read } = await project(context, {
    'a.txt': 'a\n',
    'b.txt': 'b\n',
    'c.txt': 'c\n',
  });
  for (const name of ['a.txt', 'b.txt', 'c.txt']) await tool('Write', { file_path: name, content: 'mine\n' });
  await writeFile(path.join(folder, 'a.txt'), 'theirs\n');
  await rm(path.join(folder, 'b.txt'));
  const commit = await umbra(['commit']);
  assert.equal(commit.status, 1);
  assert.match(commit.stderr, /conflict in a\.txt: it was changed/);
  assert.match(commit.stderr, /conflict in b\.txt: it is gone/);
  assert.equal(await read('a.txt'), 'theirs\n');
  assert.equal(await read('c.txt'), 'mine\n');
  assert.equal((await umbra(['status'])).stdout, 'M a.txt\nM b.txt\n');
  assert.match((await tool('Read', { file_path: 'a.txt' })).stdout, /mine/);
});

test('a new file does not replace one that has appeared', async (context) => {
  const { folder, tool, umbra, read } = await project(context, {});
  await tool('Write', { file_path: 'new.txt', content: 'mine\n' });
  await writeFile(path.join(folder, 'new.txt'), 'theirs\n');
  assert.match((await umbra(['commit'])).stderr, /has appeared/);
  assert.equal(await read('new.txt'), 'theirs\n');
});

test('a commit does not follow a symbolic link out of the folder', async (context) => {
  const { top, folder, tool, umbra } = await project(context, { 'src/a.txt': 'a\n' });
  await tool('Write', { file_path: 'src/a.txt', content: 'mine\n' });
  const outside = path.join(top, 'outside');
  await rename(path.join(folder, 'src'), outside);
  await symlink(outside, path.join(folder, 'src'));
  const before = await snapshot(outside);
  assert.equal((await umbra(['commit'])).status, 1);
  assert.deepEqual(await snapshot(outside), before);
});

test('what changes in the folder is seen in the shadow, except where the shadow has its own version', async (context) => {
  const { folder, tool, umbra } = await project(context, {
    'a.txt': 'a\n',
    'b.txt': 'b\n',
    'd/c.txt': 'c\n',
  });
  await tool('Write', { file_path: 'a.txt', content: 'mine\n' });
  await writeFile(path.join(folder, 'b.txt'), 'newer\n');
  await rm(path.join(folder, 'd'), { recursive: true });
  await mkdir(path.join(folder, 'e'));
  await writeFile(path.join(folder, 'e/new.txt'), 'new\n');
  assert.match((await tool('Read', { file_path: 'b.txt' })).stdout, /newer/);
  assert.equal((await tool('ListDir', {})).stdout, 'a.txt (5 bytes)\nb.txt (6 bytes)\ne/\n');
  assert.equal((await umbra(['status'])).stdout, 'M a.txt\n');
});

test('discard puts files back', async (context) => {
  const { tool, umbra } = await project(context, { 'a.txt': 'a\n' });
  await tool('Write', { file_path: 'a.txt', content: 'b\n' });
  await tool('Write', { file_path: 'n/m.txt', content: 'b\n' });
  assert.equal((await umbra(['discard', 'a.txt'])).stdout, 'discarded a.txt\n');
  assert.match((await tool('Read', { file_path: 'a.txt' })).stdout, /1\ta/);
  assert.equal((await umbra(['discard'])).status, 0);
  assert.equal((await tool('ListDir', {})).stdout, 'a.txt (2 bytes)\n');
});

test('bad input gets a sentence and changes nothing', async (context) => {
  const { folder, tool, umbra } = await project(context, { 'a.txt': 'a\n' });
  const before = await snapshot(folder);
  /** @type {[string, object, RegExp][]} */
  const cases = [
    ['Read', { file_path: '../x' }, /leads out of the workspace/],
    ['Read', { file_path: '/etc/passwd' }, /absolute paths lead out/],
    ['Write', { file_path: 'a/../../x', content: '' }, /leads out|not a directory|no such/],
    ['Write', { file_path: 'x\0y', content: '' }, /NUL/],
    ['Write', { file_path: `${'n'.repeat(256)}`, content: '' }, /255/],
    ['Write', { file_path: 'a.txt/b', content: '' }, /not a directory/],
    ['Read', { file_path: 7 }, /"file_path" must be a string/],
    ['Read', {}, /file_path/],
    ['Read', { file_path: 'a.txt', extra: 1 }, /extra/],
    ['Edit', { file_path: 'a.txt', old_string: 'zzz', new_string: 'y' }, /old_string is not in a\.txt/],
    ['Nope', {}, /there are Read/],
    ['Grep', { pattern: '(' }, /\(/],
  ];
  for (const [name, input, sentence] of cases) {
    const result = await tool(name, input);
    assert.equal(result.status, 1, `${name} ${JSON.stringify(input)}`);
    assert.match(result.stderr, sentence);
  }
  assert.equal((await umbra(['status'])).stdout, '');
  assert.deepEqual(await snapshot(folder), before);
  assert.match((await umbra(['-C', '/nonexistent/folder', 'status'])).stderr, /No such file/);
  assert.equal((await umbra(['bogus'])).status, 2);
  assert.equal((await umbra(['--bogus'])).status, 2);
});

test('a second umbra on the same folder is told so', async (context) => {
  const { start, umbra } = await project(context, { 'a.txt': 'a\n' });
  const { startProvider } = await import('../e2e/support/servers.mjs');
  /** @type {(value?: unknown) => void} */
  let asked = () => undefined;
  const reached = new Promise((resolve) => (asked = resolve));
  const provider = await startProvider(() => asked()); // never answers
  const first = start(['--base-url', provider.url, 'run', 'hello']);
  await reached;
  const second = await umbra(['status']);
  assert.equal(second.status, 1);
  assert.match(second.stderr, /another tab or program holds it/);
  const ended = new Promise((resolve) => first.on('exit', resolve));
  first.kill('SIGINT');
  await ended;
  await provider.stop();
  assert.equal((await umbra(['status'])).status, 0);
});

test('large files: imported whole, read in part, committed in pieces', async (context) => {
  const line = `${'x'.repeat(79)}\n`;
  const { folder, tool, umbra } = await project(context, { 'big.txt': line.repeat(400_000) });
  const read = await tool('Read', { file_path: 'big.txt', limit: 3 });
  assert.match(read.stdout, /^ {5}1\tx{79}\n {5}2\tx/);
  assert.match(read.stderr + read.stdout, /offset/);
  await writeFile(path.join(folder, 'other.txt'), 'o');
  await tool('Write', { file_path: 'huge.txt', content: 'y'.repeat(100_000) });
  assert.equal((await umbra(['commit'])).status, 0);
  assert.equal((await stat(path.join(folder, 'huge.txt'))).size, 100_000);
});
