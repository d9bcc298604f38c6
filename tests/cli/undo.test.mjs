/** Undoing commits: the real folder goes back, file by file, and what someone else changed since is left alone. */
import assert from 'node:assert/strict';
import { chmod, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { project, snapshot } from './support.mjs';

/** @param {import('./support.mjs').Result} result */
function ok(result) {
  assert.equal(result.status, 0, result.stderr + result.stdout);
  return result.stdout;
}

/** The number in "to undo this: umbra undo 12". @param {string} text */
const numberIn = (text) => /umbra undo (\d+)/.exec(text)?.[1] ?? assert.fail(`no number in ${text}`);

const LINES = Array.from({ length: 40 }, (_, i) => `line ${i}\n`).join('');

/**
 * A folder in which a commit does everything that one can do: a file is modified, created, deleted, renamed, gets other
 * permissions, becomes a link, a link becomes another, a folder gives way to a file and a file to a folder.
 * @param {import('node:test').TestContext} context
 */
async function manifold(context) {
  const made = await project(context, {
    'a.txt': 'a\n',
    'gone/deep/b.txt': 'b\n',
    'old.txt': LINES,
    'run.sh': '#!/bin/sh\n',
    'both.sh': '#!/bin/sh\n',
    'plain.txt': 'p\n',
    'folder/in.txt': 'in\n',
    place: 'was a file\n',
    'kept.txt': 'k\n',
  });
  const { folder, umbra } = made;
  await symlink('a.txt', path.join(folder, 'link'));
  const before = await snapshot(folder);
  ok(await umbra(['status']));
  // Made in the folder and taken into the shadow from there: the tools know no links and no modes.
  await writeFile(path.join(folder, 'a.txt'), 'A\n');
  await mkdir(path.join(folder, 'new/deep'), { recursive: true });
  await writeFile(path.join(folder, 'new/deep/c.txt'), 'c\n');
  await rm(path.join(folder, 'gone'), { recursive: true });
  await mkdir(path.join(folder, 'moved'));
  await rename(path.join(folder, 'old.txt'), path.join(folder, 'moved/new.txt'));
  await writeFile(path.join(folder, 'moved/new.txt'), `${LINES}more\n`);
  await chmod(path.join(folder, 'run.sh'), 0o755);
  await writeFile(path.join(folder, 'both.sh'), '#!/bin/sh\nexit\n');
  await chmod(path.join(folder, 'both.sh'), 0o755);
  await rm(path.join(folder, 'plain.txt'));
  await symlink('kept.txt', path.join(folder, 'plain.txt'));
  await rm(path.join(folder, 'link'));
  await symlink('kept.txt', path.join(folder, 'link'));
  await rm(path.join(folder, 'folder'), { recursive: true });
  await writeFile(path.join(folder, 'folder'), 'is a file\n');
  await rm(path.join(folder, 'place'));
  await mkdir(path.join(folder, 'place'));
  await writeFile(path.join(folder, 'place/x.txt'), 'x\n');
  return { ...made, before, after: await snapshot(folder) };
}

/**
 * The folder is as it shall be; with it put back and the shadow rewound, that is what there is to commit.
 * @param {Awaited<ReturnType<typeof manifold>>} made
 */
async function takeBack({ folder, umbra, before }) {
  ok(await umbra(['checkpoint', 'after']));
  const [, number] =
    /^ *(\d+) .* after {2}\*$/m.exec(ok(await umbra(['log']))) ?? assert.fail('no checkpoint');
  await restore(folder, before);
  ok(await umbra(['status']));
  assert.deepEqual(await snapshot(folder), before);
  ok(await umbra(['rewind', number]));
}

test('a commit of every kind is undone, and committed again', async (context) => {
  const made = await manifold(context);
  const { folder, umbra, before, after } = made;
  await takeBack(made);
  const changes = ok(await umbra(['status']));
  for (const line of [
    'M a.txt',
    'A new/deep/c.txt',
    'D gone/deep/b.txt',
    'R old.txt -> moved/new.txt',
    'M run.sh',
  ])
    assert.ok(changes.split('\n').includes(line), `${line} in\n${changes}`);

  const commit = await umbra(['commit']);
  const undo = numberIn(ok(commit));
  assert.deepEqual(await snapshot(folder), after);
  assert.equal(ok(await umbra(['status'])), '');

  assert.match(ok(await umbra(['undo'])), new RegExp(`commit ${undo}: 12 put back, 0 left alone`));
  assert.deepEqual(await snapshot(folder), before);
  assert.equal(ok(await umbra(['status'])), changes, 'the shadow keeps the changes');
  assert.match(ok(await umbra(['commits'])), new RegExp(`^ *${undo} .* 12 files, undone\n$`));
  assert.match((await umbra(['undo'])).stderr, /there is no commit to be undone/);

  ok(await umbra(['commit']));
  assert.deepEqual(await snapshot(folder), after);
  ok(await umbra(['undo']));
  assert.deepEqual(await snapshot(folder), before);
});

test('a folder that was emptied but not removed, as by a run that was cut off, gives way', async (context) => {
  const made = await manifold(context);
  const { folder, umbra, before, after } = made;
  await takeBack(made);

  await rm(path.join(folder, 'folder/in.txt'));
  ok(await umbra(['commit']));
  assert.deepEqual(await snapshot(folder), after);

  await rm(path.join(folder, 'place/x.txt'));
  await rm(path.join(folder, 'new/deep'), { recursive: true });
  ok(await umbra(['undo']));
  const { 'folder/in.txt': _removedByHand, ...rest } = before;
  assert.deepEqual(await snapshot(folder), rest);
  await assert.rejects(stat(path.join(folder, 'new')), { code: 'ENOENT' });
});

/** Makes a folder what a snapshot says. @param {string} folder @param {Record<string, string>} files */
async function restore(folder, files) {
  await rm(folder, { recursive: true });
  await mkdir(folder);
  for (const [name, what] of Object.entries(files)) {
    const place = path.join(folder, name);
    const [kind, rest] = what.split(' ');
    await mkdir(path.dirname(place), { recursive: true });
    if (kind === 'link') await symlink(what.slice(5), place);
    else await writeFile(place, Buffer.from(rest, 'base64'));
    if (kind !== 'link') await chmod(place, parseInt(kind, 8));
  }
}

test('what was changed in the folder since the commit is a conflict and is left alone', async (context) => {
  const { folder, umbra, tool, read } = await project(context, {
    'a.txt': 'a\n',
    'b.txt': 'b\n',
    'c.txt': 'c\n',
    'd.txt': 'd\n',
    'e.txt': 'e\n',
  });
  for (const name of ['a.txt', 'b.txt', 'c.txt', 'd.txt', 'new.txt'])
    ok(await tool('Write', { file_path: name, content: 'mine\n' }));
  const undo = numberIn(ok(await umbra(['commit'])));
  await writeFile(path.join(folder, 'a.txt'), 'theirs\n');
  await rm(path.join(folder, 'b.txt'));
  await writeFile(path.join(folder, 'new.txt'), 'theirs\n');
  const again = await umbra(['undo']);
  assert.equal(again.status, 1);
  assert.match(again.stderr, /conflict in a\.txt: it was changed in the real folder since the commit/);
  assert.match(again.stderr, /conflict in b\.txt: it is gone/);
  assert.match(again.stderr, /conflict in new\.txt: it was changed/);
  assert.match(again.stdout, /put back d\.txt\nput back c\.txt\ncommit \d+: 2 put back, 3 left alone/);
  assert.deepEqual(await Promise.all(['a.txt', 'c.txt', 'd.txt', 'e.txt', 'new.txt'].map(read)), [
    'theirs\n',
    'c\n',
    'd\n',
    'e\n',
    'theirs\n',
  ]);
  await assert.rejects(stat(path.join(folder, 'b.txt')));
  assert.match(ok(await umbra(['commits'])), / 5 files, 2 undone\n/);
  // As the commit wrote it once more: the rest can be undone too.
  await writeFile(path.join(folder, 'a.txt'), 'mine\n');
  await umbra(['undo', undo]);
  assert.equal(await read('a.txt'), 'a\n');
  assert.match(ok(await umbra(['commits'])), / 5 files, 3 undone\n/);
});

test('permissions that were changed since are not changed back', async (context) => {
  const { folder, umbra } = await project(context, { 'run.sh': 'x\n', 'b.txt': 'b\n' });
  ok(await umbra(['status']));
  await chmod(path.join(folder, 'run.sh'), 0o755);
  ok(await umbra(['checkpoint', 'x']));
  const [, number] = /^ *(\d+) /.exec(ok(await umbra(['log']))) ?? assert.fail('no checkpoint');
  await chmod(path.join(folder, 'run.sh'), 0o644);
  ok(await umbra(['rewind', number]));
  ok(await umbra(['commit']));
  assert.equal((await stat(path.join(folder, 'run.sh'))).mode & 0o777, 0o755);
  await chmod(path.join(folder, 'run.sh'), 0o700);
  assert.match((await umbra(['undo'])).stderr, /conflict in run\.sh/);
  assert.equal((await stat(path.join(folder, 'run.sh'))).mode & 0o777, 0o700);
});

test('some hunks, some files, one commit after the other', async (context) => {
  const { umbra, tool, read } = await project(context, { 'n.txt': LINES, 'o.txt': 'o\n' });
  const edit = (/** @type {number} */ at) =>
    tool('Edit', { file_path: 'n.txt', old_string: `line ${at}\n`, new_string: `LINE ${at}\n` });
  for (const at of [2, 20, 37]) ok(await edit(at));
  ok(await tool('Write', { file_path: 'o.txt', content: 'O\n' }));
  const first = numberIn(ok(await umbra(['commit', 'n.txt', '--hunks', '1,3'])));
  const afterFirst = await read('n.txt');
  assert.equal(afterFirst, LINES.replace('line 2\n', 'LINE 2\n').replace('line 37\n', 'LINE 37\n'));
  ok(await edit(10));
  const second = numberIn(ok(await umbra(['commit'])));
  assert.notEqual(first, second);
  const conflict = await umbra(['undo', first]);
  assert.equal(conflict.status, 1);
  assert.match(conflict.stderr, /conflict in n\.txt/);
  ok(await umbra(['undo']));
  assert.equal(await read('n.txt'), afterFirst);
  assert.equal(await read('o.txt'), 'o\n');
  ok(await umbra(['undo']));
  assert.equal(await read('n.txt'), LINES);
  assert.equal(ok(await umbra(['status'])), 'M n.txt\nM o.txt\n');
  assert.match((await tool('Grep', { pattern: 'LINE' })).stdout, /n\.txt/);
});

test('a commit that is killed between two files is undone whole', async (context) => {
  const names = Array.from({ length: 400 }, (_, i) => `f${String(i).padStart(3, '0')}.txt`);
  const made = await project(context, Object.fromEntries(names.map((name) => [name, `${name}\n`])));
  const { folder, umbra, start } = made;
  const before = await snapshot(folder);
  ok(await umbra(['status']));
  for (const name of names) await writeFile(path.join(folder, name), `new ${name}\n`);
  ok(await umbra(['checkpoint', 'after']));
  const [, number] = /^ *(\d+) /.exec(ok(await umbra(['log']))) ?? assert.fail('no checkpoint');
  await restore(folder, before);
  ok(await umbra(['rewind', number]));

  const child = start(['commit']);
  const closed = new Promise((resolve) => child.on('close', resolve));
  const tenth = path.join(folder, names[10]);
  while (!(await readFile(tenth, 'utf8')).startsWith('new')) {
    assert.equal(child.exitCode, null, 'the commit was killed before it ended');
  }
  child.kill('SIGKILL');
  await closed;
  const torn = await snapshot(folder);
  const written = names.filter((name) => torn[name] !== before[name]).length;
  assert.ok(written > 10 && written < names.length, `killed after ${written} files`);

  assert.match(ok(await umbra(['commits'])), / 400 files, cut off: \d+ not known\n/);
  ok(await umbra(['undo']));
  const left = Object.keys(await snapshot(folder)).filter((name) => name.endsWith('.tmp'));
  for (const name of left) await rm(path.join(folder, name)); // what the killed process was just writing
  assert.deepEqual(await snapshot(folder), before);
  assert.match(ok(await umbra(['commits'])), / 400 files, undone\n/);
  assert.equal(
    ok(await umbra(['status']))
      .trim()
      .split('\n').length,
    names.length,
  );
});

test('an undoing that is killed goes on', async (context) => {
  const names = Array.from({ length: 300 }, (_, i) => `f${String(i).padStart(3, '0')}.txt`);
  const { folder, umbra, start } = await project(context, {});
  ok(await umbra(['status']));
  for (const name of names) await writeFile(path.join(folder, name), `${name}\n`);
  ok(await umbra(['checkpoint', 'after']));
  const [, number] = /^ *(\d+) /.exec(ok(await umbra(['log']))) ?? assert.fail('no checkpoint');
  for (const name of names) await rm(path.join(folder, name));
  ok(await umbra(['rewind', number]));
  ok(await umbra(['commit']));
  const child = start(['undo']);
  const closed = new Promise((resolve) => child.on('close', resolve));
  const last = path.join(folder, names[290]); // what came last goes first
  while (await stat(last).catch(() => null)) assert.equal(child.exitCode, null);
  child.kill('SIGKILL');
  await closed;
  const some = Object.keys(await snapshot(folder)).length;
  assert.ok(some > 0 && some < names.length, `${some} files were left`);
  ok(await umbra(['undo']));
  assert.deepEqual(await snapshot(folder), {});
  assert.match(ok(await umbra(['commits'])), / 300 files, undone\n/);
});

test('dropping a checkpoint of a commit forgets the commit; bad numbers get a sentence', async (context) => {
  const { umbra, tool, read } = await project(context, { 'a.txt': 'a\n' });
  assert.match((await umbra(['undo'])).stderr, /there is no commit to be undone/);
  ok(await tool('Write', { file_path: 'a.txt', content: 'b\n' }));
  const number = numberIn(ok(await umbra(['commit'])));
  const log = ok(await umbra(['log']));
  assert.match(log, new RegExp(`^ *${number} .*before the commit of 1 file {2}\\*$`, 'm'));
  assert.equal((await umbra(['undo', 'x'])).status, 2);
  assert.match((await umbra(['undo', '4000000'])).stderr, /nothing is kept of a commit 4000000/);
  const [, head] = /^ *(\d+) .*(?<!before )the commit of 1 file {2}\*$/m.exec(log) ?? assert.fail(log);
  ok(await umbra(['drop', head]));
  assert.equal(ok(await umbra(['commits'])), '');
  assert.doesNotMatch(ok(await umbra(['log'])), /commit of/);
  assert.match((await umbra(['undo'])).stderr, /there is no commit to be undone/);
  assert.equal(await read('a.txt'), 'b\n');
});
