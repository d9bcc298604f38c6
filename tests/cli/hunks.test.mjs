/** umbra commit and discard of some hunks, and changes of every kind reaching the folder. */
import assert from 'node:assert/strict';
import { chmod, lstat, mkdir, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { project, snapshot } from './support.mjs';

/** Lines 1 to 40, some of them with a word before them. @param {...number} changed */
const numbers = (...changed) =>
  Array.from({ length: 40 }, (_, i) => `${changed.includes(i + 1) ? 'new ' : ''}${i + 1}\n`).join('');

/** Three hunks: lines 5, 20 and 35. @param {import('node:test').TestContext} context */
async function threeHunks(context) {
  const made = await project(context, { 'n.txt': numbers(), 'other.txt': 'o\n' });
  assert.equal((await made.tool('Write', { file_path: 'n.txt', content: numbers(5, 20, 35) })).status, 0);
  return made;
}

test('some hunks are committed, the others stay; the next look at the folder finds nothing new', async (context) => {
  const { umbra, read, tool } = await threeHunks(context);
  const shown = (await umbra(['diff', '--hunks', 'n.txt'])).stdout;
  assert.deepEqual(shown.match(/^@@ hunk \d+ @@ .*$/gm), [
    '@@ hunk 1 @@ -2,7 +2,7 @@',
    '@@ hunk 2 @@ -17,7 +17,7 @@',
    '@@ hunk 3 @@ -32,7 +32,7 @@',
  ]);
  const commit = await umbra(['commit', 'n.txt', '--hunks', '1,3']);
  assert.match(
    commit.stdout,
    /^committed n\.txt in part\n1 committed, 0 left alone\nto undo this: umbra undo \d+\n$/,
  );
  assert.equal(await read('n.txt'), numbers(5, 35));
  const status = await umbra(['status']);
  assert.deepEqual(status, { status: 0, stdout: 'M n.txt\n', stderr: '' });
  assert.match((await umbra(['diff'])).stdout, /^@@ -17,7 \+17,7 @@$/m);
  assert.match((await tool('Read', { file_path: 'n.txt' })).stdout, /new 20/);
  assert.equal((await umbra(['commit'])).status, 0);
  assert.equal(await read('n.txt'), numbers(5, 20, 35));
  assert.deepEqual(await umbra(['status']), { status: 0, stdout: '', stderr: '' });
});

test('some hunks are discarded, beside whole files', async (context) => {
  const { umbra, read, tool } = await threeHunks(context);
  await tool('Write', { file_path: 'other.txt', content: 'changed\n' });
  const discard = await umbra(['discard', 'other.txt', 'n.txt', '--hunks=2']);
  assert.equal(discard.stdout, 'discarded other.txt\ndiscarded n.txt in part\n');
  assert.equal((await umbra(['commit'])).status, 0);
  assert.equal(await read('n.txt'), numbers(5, 35));
  assert.equal(await read('other.txt'), 'o\n');
});

test('a conflict in the folder keeps hunks away too', async (context) => {
  const { folder, umbra, read } = await threeHunks(context);
  await writeFile(path.join(folder, 'n.txt'), 'theirs\n');
  const commit = await umbra(['commit', 'n.txt', '--hunks', '1']);
  assert.match(commit.stderr, /conflict in n\.txt: it was changed in the real folder/);
  assert.equal(await read('n.txt'), 'theirs\n');
});

test('bad choices get a sentence and change nothing', async (context) => {
  const { umbra, read, tool, folder } = await threeHunks(context);
  await tool('Write', { file_path: 'new.txt', content: 'n\n' });
  const before = await snapshot(folder);
  /** @type {[string[], RegExp][]} */
  const cases = [
    [['commit', 'n.txt', '--hunks', '4'], /n\.txt has 3 hunks, and no hunk 4/],
    [['commit', 'n.txt', '--hunks', '1,,2'], /numbers are expected/],
    [['commit', 'n.txt', '--hunks', '0'], /numbers are expected/],
    [['commit', 'n.txt', '--hunks'], /numbers are expected/],
    [['commit', '--hunks', '1'], /behind the path/],
    [['commit', 'new.txt', '--hunks', '1'], /was added; it is taken as a whole/],
    [['discard', 'n.txt', '--hunks', '9'], /no hunk 9/],
    [['discard', 'nope', '--hunks', '1'], /nope has not changed/],
    [['diff', 'nope'], /nope has not changed/],
    [['diff', '--from', '99'], /there is no checkpoint 99/],
    [['diff', '--to', 'left'], /"to" must be "base", "head" or the number of a checkpoint/],
    [['diff', '--from'], /--from needs/],
  ];
  for (const [words, sentence] of cases) {
    const result = await umbra(words);
    assert.notEqual(result.status, 0, words.join(' '));
    assert.match(result.stderr, sentence);
  }
  assert.deepEqual(await snapshot(folder), before);
  assert.equal(await read('n.txt'), numbers());
  assert.equal((await umbra(['status'])).stdout, 'M n.txt\nA new.txt\n');
});

test('files, links and folders that take each other’s place in the folder are seen', async (context) => {
  const { folder, umbra, tool } = await project(context, {
    file: 'f\n',
    'folder/a': 'a\n',
    'folder/b/c': 'c\n',
    kept: 'k\n',
  });
  await symlink('kept', path.join(folder, 'link'));
  assert.equal((await tool('Write', { file_path: 'mark', content: '' })).status, 0);
  await umbra(['discard']);
  const place = (/** @type {string} */ name) => path.join(folder, name);
  for (const name of ['file', 'folder', 'link']) await rm(place(name), { recursive: true });
  await mkdir(place('file'));
  await writeFile(place('file/inner'), 'f\n');
  await writeFile(place('folder'), 'a\n');
  await mkdir(place('link'));
  await writeFile(place('link/x'), 'x\n');
  assert.deepEqual(await umbra(['status']), { status: 0, stdout: '', stderr: '' });
  const list = (await tool('ListDir', {})).stdout;
  assert.match(list, /^file\//m);
  assert.match(list, /^folder \(2 bytes\)/m);
  assert.match(list, /^link\//m);
  const status = await umbra(['status', '--from', '1']);
  assert.equal(
    status.stdout,
    'R file -> file/inner\nR folder/a -> folder\nD folder/b/c\nD link\nA link/x\n',
    status.stderr,
  );
});

test('a mode that changed in the folder is no change of the shadow', async (context) => {
  const { folder, umbra } = await project(context, { 'run.sh': '#!/bin/sh\n' });
  await umbra(['status']);
  await chmod(path.join(folder, 'run.sh'), 0o755);
  assert.equal((await umbra(['status'])).stdout, '');
  assert.equal((await stat(path.join(folder, 'run.sh'))).mode & 0o777, 0o755);
  await symlink('run.sh', path.join(folder, 'l'));
  assert.equal((await umbra(['status'])).stdout, '');
  assert.ok((await lstat(path.join(folder, 'l'))).isSymbolicLink());
  assert.equal(await readlink(path.join(folder, 'l')), 'run.sh');
});
