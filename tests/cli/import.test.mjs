/** What umbra takes into the shadow, and what it reads at all. */
import assert from 'node:assert/strict';
import { chmod, mkdir, rename, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { project } from './support.mjs';

const PROJECT = {
  '.git/config': '[core]\n',
  'node_modules/x/index.js': 'x\n',
  '.gitignore': '*.o\n/build/\n',
  'a.c': 'int a;\n',
  'a.o': 'object\n',
  'build/out': 'out\n',
  'src/.gitignore': '!keep.o\n',
  'src/keep.o': 'keep\n',
  'src/x.o': 'object\n',
};
const TAKEN = ['.gitignore', 'a.c', 'src/.gitignore', 'src/keep.o'];
const OLD = new Date('2020-01-01T00:00:00Z');

/** All files of the shadow. @param {Awaited<ReturnType<typeof project>>} of @param {string[]} [options] @param {Record<string, string>} [env] */
async function paths({ umbra }, options = [], env = {}) {
  /** @type {string[]} */
  const found = [];
  const folders = [''];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const input = JSON.stringify(folder ? { path: folder } : {});
    const { stdout } = await umbra([...options, 'tool', 'ListDir', input], env);
    for (const line of stdout.trim().split('\n')) {
      const name = line.replace(/ \(.*\)$/, '');
      if (name.endsWith('/')) folders.push(`${folder}${folder ? '/' : ''}${name.slice(0, -1)}`);
      else if (line.endsWith('bytes)')) found.push(`${folder}${folder ? '/' : ''}${name}`);
    }
  }
  return found.sort();
}

test('what git ignores stays out; flags and variables say otherwise', async (context) => {
  const of = await project(context, PROJECT);
  assert.deepEqual(await paths(of), TAKEN);
  const ignored = [...TAKEN, 'a.o', 'build/out', 'src/x.o'].sort();
  assert.deepEqual(await paths(of, ['--no-gitignore']), ignored);
  assert.deepEqual(await paths(of), TAKEN, 'nothing is remembered');
  assert.deepEqual(await paths(of, [], { UMBRA_NO_GITIGNORE: '1' }), ignored);
  const all = Object.keys(PROJECT).sort();
  assert.deepEqual(await paths(of, ['--exclude=', '--no-gitignore']), all);
  assert.deepEqual(await paths(of, ['--no-gitignore'], { UMBRA_EXCLUDE: '' }), all);
  const flags = ['--exclude', '.git', '--exclude=src', '--exclude', 'node_modules'];
  assert.deepEqual(await paths(of, flags), ['.gitignore', 'a.c']);
  assert.deepEqual(await paths(of, [], { UMBRA_EXCLUDE: '.git:src:node_modules' }), ['.gitignore', 'a.c']);
  assert.deepEqual(
    await paths(of, ['--exclude', '.git'], { UMBRA_EXCLUDE: 'src' }),
    [...TAKEN, 'node_modules/x/index.js'].sort(),
  );
  const wrong = await of.umbra(['--exclude', 'src/x', 'status']);
  assert.deepEqual([wrong.status, wrong.stdout], [1, '']);
  assert.match(wrong.stderr, /"exclude" takes names of files and folders/);
  assert.equal((await of.umbra(['--exclude'])).status, 2);
  assert.match((await of.umbra(['--help'])).stdout, /--exclude NAME .*UMBRA_EXCLUDE/);
});

test('a file that looks as it did is not read; a young one is', async (context) => {
  const { folder, tool, umbra } = await project(context, { old: 'one\n', young: 'one\n' });
  await utimes(path.join(folder, 'old'), OLD, OLD);
  const now = new Date();
  await utimes(path.join(folder, 'young'), now, now);
  assert.equal((await umbra(['status'])).status, 0);
  for (const name of ['old', 'young']) await writeFile(path.join(folder, name), 'two\n');
  await utimes(path.join(folder, 'old'), OLD, OLD);
  await utimes(path.join(folder, 'young'), now, now);
  assert.match((await tool('Read', { file_path: 'old' })).stdout, /one/, 'it was not read');
  assert.match((await tool('Read', { file_path: 'young' })).stdout, /two/, 'its time said nothing');
  await chmod(path.join(folder, 'old'), 0o755);
  assert.match((await tool('Read', { file_path: 'old' })).stdout, /two/, 'its mode is another');
  assert.equal((await umbra(['status'])).stdout, '');
});

test('ignored files that the agent made or changed stay', async (context) => {
  const { folder, tool, umbra } = await project(context, { 'a.o': '1\n', 'b.o': '1\n', 'out/c': '1\n' });
  await tool('Write', { file_path: 'b.o', content: 'mine\n' });
  await tool('Write', { file_path: 'out/new', content: 'mine\n' });
  await writeFile(path.join(folder, '.gitignore'), '*.o\nout\n');
  const { stdout, stderr } = await umbra(['status']);
  assert.deepEqual([stdout, stderr], ['M b.o\nA out/new\n', '']);
  assert.match((await tool('Read', { file_path: 'a.o' })).stderr, /a\.o/);
  assert.equal((await umbra(['commit'])).status, 0);
  assert.equal((await umbra(['status'])).stdout, '');
});

test('conflicts are told at each command and nothing is lost', async (context) => {
  const { folder, tool, umbra } = await project(context, { 'a.txt': '1\n', 'b.txt': '1\n', 'c.txt': '1\n' });
  for (const name of ['a.txt', 'b.txt', 'c.txt']) await tool('Write', { file_path: name, content: 'mine\n' });
  await writeFile(path.join(folder, 'a.txt'), 'theirs\n');
  await writeFile(path.join(folder, 'b.txt'), 'mine\n');
  await rm(path.join(folder, 'c.txt'));
  const { stdout, stderr } = await umbra(['status']);
  assert.equal(stdout, 'M a.txt\nM c.txt\n');
  assert.match(stderr, /^umbra: a\.txt: it was changed both here and in the real folder; yours was kept$/m);
  assert.match(stderr, /^umbra: c\.txt: it was changed here and is gone from the real folder/m);
  assert.equal(stderr.trim().split('\n').length, 2);
  assert.match((await tool('Read', { file_path: 'a.txt' })).stdout, /mine/);
});

test('odd things in the folder are told or passed over, and the rest is taken', async (context) => {
  const of = await project(context, { 'a.txt': '1\n', 'real/x.o': '1\n', 'rules/r': '*\n' });
  const { folder, umbra } = of;
  await symlink('rules/r', path.join(folder, '.gitignore')); // like git: a link holds no rules
  await mkdir(path.join(folder, 'real/.gitignore'));
  await writeFile(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0x6e])]), 'not UTF-8\n');
  assert.deepEqual(await umbra(['status']), { status: 0, stdout: '', stderr: '' });
  assert.deepEqual(await umbra(['status']), { status: 0, stdout: '', stderr: '' });
  const listed = (await paths(of)).filter((name) => !name.includes('\ufffd'));
  assert.deepEqual(listed, ['a.txt', 'real/x.o', 'rules/r']);
  await rename(path.join(folder, 'real'), path.join(folder, 'moved'));
  assert.equal((await umbra(['status'])).stdout, '');
  assert.ok((await paths(of)).includes('moved/x.o'));
  await writeFile(path.join(folder, 'moved/.gitignore.txt'), '');
  await rm(path.join(folder, 'moved/.gitignore'), { recursive: true });
  await writeFile(path.join(folder, 'moved/.gitignore'), `${'*.o\n'.repeat(300_000)}`);
  const { stderr } = await umbra(['status']);
  assert.match(stderr, /moved\/\.gitignore: left out: its rules are not honoured: it has 1200000 bytes/);
});
