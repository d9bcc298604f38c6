/** umbra export and import-archive against this machine's tar, zip and unzip. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmod,
  mkdir,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { gzipSync } from 'node:zlib';
import { project, snapshot } from './support.mjs';

const has = (/** @type {string} */ program) => spawnSync(program, ['--version']).error === undefined;
const utf8 = {
  env: { ...process.env, LC_ALL: 'C.UTF-8' },
  stdio: /** @type {'pipe'} */ ('pipe'),
};

const FILES = {
  'a.txt': 'one\n',
  'run.sh': '#!/bin/sh\n',
  'd/na\u00efve \u{1f30d}.md': 'naive\n',
  [`d/${'n'.repeat(120)}/${'m'.repeat(200)}`]: 'deep\n',
  empty: '',
  large: new Uint8Array(3_000_000).map((_, index) => index * 7 + index / 1000),
};
const TIME = new Date('2001-02-03T04:05:06Z');

/** @param {import('node:test').TestContext} context */
async function shadow(context) {
  const of = await project(context, FILES);
  await chmod(path.join(of.folder, 'run.sh'), 0o755);
  await symlink('../a.txt', path.join(of.folder, 'd/link'));
  await symlink('/etc/passwd', path.join(of.folder, 'out'));
  await utimes(path.join(of.folder, 'run.sh'), TIME, TIME);
  return of;
}

/** @param {Awaited<ReturnType<typeof project>>} of @param {string[]} parameters */
async function good({ umbra }, ...parameters) {
  const result = await umbra(parameters);
  assert.deepEqual([result.status, result.stderr], [0, ''], parameters.join(' '));
  return result.stdout;
}

/** @type {[name: string, needs: string, unpack: (file: string, into: string) => [string, string[]]][]} */
const UNPACKERS = [
  ['x.tar', 'tar', (file, into) => ['tar', ['-x', '-p', '-f', file, '-C', into]]],
  ['x.tar', 'bsdtar', (file, into) => ['bsdtar', ['-x', '-p', '-f', file, '-C', into]]],
  ['x.zip', 'unzip', (file, into) => ['unzip', ['-q', file, '-d', into]]],
  ['x.zip', 'bsdtar', (file, into) => ['bsdtar', ['-x', '-p', '-f', file, '-C', into]]],
];

for (const [name, needs, unpack] of UNPACKERS) {
  test(
    `${needs} unpacks ${name} to the same folder`,
    { skip: !has(needs) && `${needs} is not here` },
    async (context) => {
      const of = await shadow(context);
      const file = path.join(of.top, name);
      const into = path.join(of.top, 'into');
      assert.equal(await good(of, 'export', file), '');
      await mkdir(into);
      const [program, parameters] = unpack(file, into);
      execFileSync(program, parameters, utf8);
      assert.deepEqual(await snapshot(into), await snapshot(of.folder));
      assert.equal((await stat(path.join(into, 'run.sh'))).mtimeMs, TIME.getTime());
      assert.equal((await stat(file)).mode & 0o777, 0o666 & ~process.umask());
    },
  );
}

/** @type {[name: string, needs: string, pack: (file: string) => [string, string[]]][]} */
const PACKERS = [
  ['tar', 'tar', (file) => ['tar', ['-c', '-f', file, '.']]],
  ['tar --format=v7', 'tar', (file) => ['tar', ['-c', '--format=v7', '--exclude=n*', '-f', file, '.']]],
  ['tar -z', 'tar', (file) => ['tar', ['-c', '-z', '-f', file, '.']]],
  ['zip', 'zip', (file) => ['zip', ['-q', '-r', '-y', `${file}.zip`, '.']]],
  ['bsdtar --format=zip', 'bsdtar', (file) => ['bsdtar', ['-c', '--format=zip', '-f', file, '.']]],
];

for (const [name, needs, pack] of PACKERS) {
  test(
    `what ${name} packs comes as changes, and a commit writes it`,
    { skip: !has(needs) && `${needs} is not here` },
    async (context) => {
      const from = await shadow(context);
      const of = await project(context, { 'a.txt': 'mine\n', stays: 'stays\n' });
      const file = path.join(from.top, 'packed');
      const [program, parameters] = pack(file);
      execFileSync(program, parameters, { cwd: from.folder, ...utf8 });
      const archive = program === 'zip' ? `${file}.zip` : file;
      const before = await snapshot(of.folder);
      assert.match(
        await good(of, 'import-archive', archive),
        /^imported \d+ files, \d+ bytes; umbra status shows/,
      );
      assert.deepEqual(await snapshot(of.folder), before, 'only a commit writes');
      assert.match(await good(of, 'status'), /^M a\.txt\n(A .*\n)+$/);
      await good(of, 'commit');
      const expected = await snapshot(from.folder);
      if (name.includes('v7'))
        for (const one of Object.keys(expected)) if (/(^|\/)n/.test(one)) delete expected[one];
      assert.deepEqual(await snapshot(of.folder), { ...expected, stays: before.stays });
      assert.equal((await stat(path.join(of.folder, 'run.sh'))).mode & 0o777, 0o755);
      assert.equal(await good(of, 'status'), '');
    },
  );
}

test('the trees and formats of an export, and the standard output', async (context) => {
  const of = await project(context, { a: 'base\n' });
  await of.tool('Write', { file_path: 'a', content: 'kept\n' });
  const number = (await good(of, 'checkpoint', 'here')).trim();
  await of.tool('Write', { file_path: 'a', content: 'head\n' });
  for (const [tree, content] of [
    ['base', 'base\n'],
    [number, 'kept\n'],
    ['head', 'head\n'],
  ]) {
    const { stdout } = await of.umbra(['export', '-', '--tree', tree]);
    assert.equal(String(execFileSync('tar', ['-x', '-O', 'a'], { input: stdout })), content);
  }
  const { stdout } = await of.umbra(['export', '--format', 'zip', '-']);
  assert.ok(stdout.startsWith('PK\u0003\u0004'));
  await good(of, 'export', '--format', 'tar', path.join(of.top, 'odd.zip'));
  assert.match(String(execFileSync('tar', ['-t', '-f', path.join(of.top, 'odd.zip')])), /^a$/m);
});

test('what cannot be exported leaves nothing behind', async (context) => {
  const of = await project(context, { a: 'x\n' });
  const place = path.join(of.top, 'x.tar');
  await writeFile(place, 'what was there\n');
  for (const [parameters, status, message] of /** @type {[string[], number, RegExp][]} */ ([
    [['export'], 2, /usage: umbra export FILE/],
    [['export', 'x.rar'], 2, /neither in \.tar nor in \.zip/],
    [['export', 'x.tar.gz'], 2, /umbra export - \| gzip/],
    [['export', place, '--tree', '99'], 1, /no checkpoint 99/],
    [['export', place, '--tree', 'x'], 1, /"tree" must be/],
    [['export', path.join(of.top, 'nowhere/x.tar')], 1, /could not be written/],
  ])) {
    const result = await of.umbra(parameters);
    assert.equal(result.status, status, parameters.join(' '));
    assert.match(result.stderr, message);
  }
  const odd = Buffer.concat([Buffer.from(`${of.folder}/`), Buffer.from([0xff])]);
  await writeFile(odd, 'x\n');
  const result = await of.umbra(['export', path.join(of.top, 'x.zip')]);
  assert.match(result.stderr, /a name that is no UTF-8 cannot be in a ZIP archive; export a tar/);
  assert.equal(await readFile(place, 'utf8'), 'what was there\n');
  assert.deepEqual((await readdir(of.top)).sort(), ['project', 'state', 'x.tar']);
});

test('what is damaged or no archive changes nothing', async (context) => {
  const from = await shadow(context);
  const of = await project(context, { 'a.txt': 'mine\n' });
  const at = (/** @type {string} */ name) => path.join(from.top, name);
  await good(from, 'export', at('x.tar'));
  await good(from, 'export', at('x.zip'));
  const tar = await readFile(at('x.tar'));
  const zip = await readFile(at('x.zip'));
  const flipped = Buffer.from(tar);
  flipped[1024 + 5] ^= 1; // of the second header
  const wrongZip = Buffer.from(zip);
  wrongZip[zip.length >> 1] ^= 1;
  const cases = {
    'cut tar': [tar.subarray(0, 2_000_000), /cut off at byte 2000000/],
    'cut gzip': [gzipSync(tar).subarray(0, 5000), /gzip file is damaged/],
    'cut zip': [zip.subarray(0, 2000), /directory at the end is missing/],
    'flipped tar': [flipped, /damaged near byte 1536: the checksum of a header is wrong/],
    'flipped zip': [wrongZip, /ZIP archive is damaged/],
    text: [Buffer.from('no archive\n'), /this is no tar archive/],
    nothing: [Buffer.alloc(0), /this is no tar archive/],
  };
  for (const [name, [bytes, message]] of /** @type {[string, [Buffer, RegExp]][]} */ (
    Object.entries(cases)
  )) {
    await writeFile(at('wrong'), bytes);
    const { status, stderr } = await of.umbra(['import-archive', at('wrong')]);
    assert.equal(status, 1, name);
    assert.match(stderr, message, name);
    assert.equal(await good(of, 'status'), '', name);
  }
  await rm(at('wrong'));
  assert.match((await of.umbra(['import-archive', at('wrong')])).stderr, /could not be read: No such file/);
  assert.equal((await of.umbra(['import-archive'])).status, 2);
});

test('what leads out is left out and told, and can be rewound', async (context) => {
  const of = await project(context, { 'a.txt': 'mine\n', 'd/b': 'b\n' });
  const from = path.join(of.top, 'from');
  await mkdir(path.join(from, 'sub'), { recursive: true });
  await writeFile(path.join(of.top, 'up'), 'up\n');
  await writeFile(path.join(from, 'a.txt'), 'theirs\n');
  execFileSync('mkfifo', [path.join(from, 'pipe')]);
  await writeFile(path.join(from, 'sparse'), 'x');
  await truncate(path.join(from, 'sparse'), 1 << 20);
  const tar = path.join(of.top, 'x.tar');
  execFileSync('tar', ['-c', '-P', '-S', '-f', tar, '../up', `${from}/a.txt`, 'a.txt', 'pipe', 'sparse'], {
    cwd: from,
    ...utf8,
  });
  const { status, stderr } = await of.umbra(['import-archive', tar]);
  assert.equal(status, 0);
  assert.match(stderr, /^umbra: \.\.\/up: left out: its name leads out of the workspace \(\.\.\)$/m);
  assert.match(stderr, /^umbra: pipe: left out: a named pipe cannot be kept$/m);
  assert.match(stderr, /^umbra: sparse: left out: a sparse file in GNU's form cannot be read/m);
  assert.equal(await good(of, 'status'), `M a.txt\nA ${from.slice(1)}/a.txt\n`);
  assert.match(await good(of, 'log'), /^ +1 .*before importing an archive$/m);
  await good(of, 'rewind', '1');
  assert.equal(await good(of, 'status'), '');
});
