/**
 * The ZIP reader and writer of the worker against the programs of this machine: Info-ZIP's zip and unzip, Python's
 * zipfile and bsdtar, where they are.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { Export } from '../../browser/worker/export.js';
import { unzip } from '../../browser/worker/unzip.js';

const has = (/** @type {string} */ program, parameter = '--version') =>
  spawnSync(program, [parameter], { stdio: 'ignore' }).error === undefined;
const utf8 = { env: { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC' } };

/** @typedef {{ kind: 'file' | 'directory' | 'link', mode?: number, mtime: number, data: string }} Thing data as base64 */
/** @typedef {Record<string, Thing>} Tree */

const bytes = (/** @type {number} */ size, seed = 1) =>
  Buffer.from(Uint8Array.from({ length: size }, (_, index) => (index * seed + index / 7) & 255));
const LARGE = Buffer.concat([bytes(3_000_000), Buffer.alloc(2_000_000)]);

/** @type {[name: string, data: Buffer, mode: number, mtime: number][]} */
const FILES = [
  ['a.txt', Buffer.from('hello\n'), 0o644, 1_500_000_000_000],
  ['empty', Buffer.alloc(0), 0o600, 1_500_000_001_000],
  ['run me.sh', Buffer.from('#!/bin/sh\n'), 0o755, 1_500_000_002_000],
  ['d/large', LARGE, 0o640, 1_600_000_000_000],
  ['d/na\u00efve \u{1f30d}.md', Buffer.from('x'), 0o444, 1_600_000_001_000],
  ['d/random', bytes(70_000, 7919), 0o644, 1_600_000_003_000],
];

/** @param {import('node:test').TestContext} context */
async function makeFolder(context) {
  const top = await mkdtemp(path.join(os.tmpdir(), 'umbra-zip-'));
  context.after(() => rm(top, { recursive: true, force: true }));
  const folder = path.join(top, 'folder');
  await mkdir(path.join(folder, 'd/empty'), { recursive: true });
  for (const [name, data, mode, mtime] of FILES) {
    await writeFile(path.join(folder, name), data);
    await chmod(path.join(folder, name), mode);
    await utimes(path.join(folder, name), mtime / 1000, mtime / 1000);
  }
  await symlink('../a.txt', path.join(folder, 'd/link'));
  await symlink('/etc/passwd', path.join(folder, 'out'));
  return { top, folder };
}

/** What a folder has; times of files only. @param {string} folder @returns {Promise<Tree>} */
async function lookAt(folder) {
  /** @type {Tree} */
  const tree = {};
  for (const name of await readdir(folder, { recursive: true })) {
    const place = path.join(folder, name);
    const status = await lstat(place);
    const mode = status.mode & 0o7777;
    if (status.isSymbolicLink()) {
      tree[name] = { kind: 'link', mtime: 0, data: Buffer.from(await readlink(place)).toString('base64') };
    } else if (status.isDirectory()) tree[name] = { kind: 'directory', mode, mtime: 0, data: '' };
    else
      tree[name] = {
        kind: 'file',
        mode,
        mtime: status.mtimeMs,
        data: (await readFile(place)).toString('base64'),
      };
  }
  return tree;
}

/** What the reader says of a ZIP. @param {Uint8Array} archive */
async function readZip(archive) {
  /** @type {Tree} */
  const tree = {};
  /** @type {Record<string, string>} */
  const skipped = {};
  /** @type {Map<string, Uint8Array[]>} */
  const pieces = new Map();
  await unzip(new Blob([/** @type {any} */ (archive)]), {
    add: (raw, data, { mode, mtime, append, link, directory }) => {
      const name = new TextDecoder().decode(raw).replace(/\/$/, '');
      if (!append) pieces.set(name, []);
      pieces.get(name)?.push(data.slice());
      const kind = link ? 'link' : directory ? 'directory' : 'file';
      tree[name] = kind === 'file' ? { kind, mode, mtime, data: '' } : { kind, mtime: 0, data: '' };
      if (kind === 'directory') tree[name].mode = mode;
    },
    skip: (name, reason) => void (skipped[name] = reason),
  });
  for (const [name, list] of pieces) tree[name].data = Buffer.concat(list).toString('base64');
  return { tree, skipped };
}

/** A core that exports a tree in pieces of a few bytes. @param {Tree} tree @param {number} piece @returns {any} */
function coreOf(tree, piece) {
  /** @type {Buffer[]} */
  const entries = [];
  for (const [name, { kind, mode = 0o777, mtime, data }] of Object.entries(tree)) {
    const all = Buffer.from(data, 'base64');
    for (let at = 0; at === 0 || at < all.length; at += piece) {
      const part = all.subarray(at, at + piece);
      const more = at + piece < all.length ? 8 : 0;
      const flags = (at ? 1 : 0) | (kind === 'link' ? 2 : 0) | (kind === 'directory' ? 4 : 0) | more;
      const header = Buffer.alloc(24);
      header.writeUInt32LE(Buffer.byteLength(name), 0);
      header.writeUInt32LE(part.length, 4);
      header.writeUInt32LE(mode, 8);
      header.writeUInt32LE(flags, 12);
      header.writeBigInt64LE(BigInt(mtime), 16);
      entries.push(Buffer.concat([header, Buffer.from(name), part]));
    }
  }
  return {
    request: async (/** @type {{ op: string }} */ { op }) => {
      if (op === 'export_begin')
        return { result: { files: Object.keys(tree).length, directories: 0 }, blob: null };
      if (op === 'export_end') return { result: null, blob: null };
      const blob = entries.length ? Buffer.concat(entries.splice(0, 3)) : null;
      return { result: { done: entries.length === 0 }, blob };
    },
  };
}

/** @param {Tree} tree @param {number} [piece] */
async function makeZip(tree, piece = 1 << 20) {
  const blob = await new Export(coreOf(tree, piece)).run({ format: 'zip' });
  return new Uint8Array(await blob.arrayBuffer());
}

/** @type {[name: string, needs: string, command: (top: string) => [string, string[]]][]} */
const WRITERS = [
  ['zip', 'zip', (top) => ['zip', ['-q', '-r', '-y', `${top}/x.zip`, '.']]],
  ['zip without packing', 'zip', (top) => ['zip', ['-q', '-0', '-r', '-y', `${top}/x.zip`, '.']]],
  ['zip with a comment', 'zip', (top) => ['sh', ['-c', `echo A comment | zip -q -r -y -z ${top}/x.zip .`]]],
  ['zip with ZIP64', 'zip', (top) => ['sh', ['-c', `zip -q -r -y -fz ${top}/x.zip .`]]],
  ['bsdtar', 'bsdtar', (top) => ['bsdtar', ['-c', '--format=zip', '-f', `${top}/x.zip`, '.']]],
];

for (const [name, needs, command] of WRITERS) {
  test(`what ${name} writes is read`, { skip: !has(needs) && `${needs} is not here` }, async (context) => {
    const { top, folder } = await makeFolder(context);
    const [program, parameters] = command(top);
    execFileSync(program, parameters, { cwd: folder, ...utf8 });
    const { tree, skipped } = await readZip(await readFile(path.join(top, 'x.zip')));
    delete tree['.'];
    const found = Object.fromEntries(
      Object.entries(tree).map(([key, value]) => [key.replace(/^\.\//, ''), value]),
    );
    assert.deepEqual(found, await lookAt(folder));
    assert.deepEqual(skipped, {});
  });
}

/** @type {[name: string, needs: string, command: (top: string) => [string, string[]]][]} */
const READERS = [
  ['unzip', 'unzip', (top) => ['unzip', ['-q', `${top}/x.zip`, '-d', `${top}/out`]]],
  ['bsdtar', 'bsdtar', (top) => ['bsdtar', ['-x', '-p', '-f', `${top}/x.zip`, '-C', `${top}/out`]]],
];

for (const [name, needs, command] of READERS) {
  for (const piece of [1 << 20, 1000]) {
    test(
      `${name} unpacks what is written in pieces of ${piece}`,
      { skip: !has(needs) && `${needs} is not here` },
      async (context) => {
        const { top, folder } = await makeFolder(context);
        const tree = await lookAt(folder);
        await writeFile(path.join(top, 'x.zip'), await makeZip(tree, piece));
        await mkdir(path.join(top, 'out'));
        const [program, parameters] = command(top);
        execFileSync(program, parameters, utf8);
        assert.deepEqual(await lookAt(path.join(top, 'out')), tree);
      },
    );
  }
}

test(
  'Python finds nothing wrong with it',
  { skip: !has('python3') && 'python3 is not here' },
  async (context) => {
    const { top, folder } = await makeFolder(context);
    await writeFile(path.join(top, 'x.zip'), await makeZip(await lookAt(folder)));
    const said = execFileSync('python3', ['-m', 'zipfile', '-t', `${top}/x.zip`], { encoding: 'utf8' });
    assert.match(said, /^Done testing/m);
  },
);

test('what is written is read again, whatever the time', async () => {
  /** @type {Tree} */
  const tree = {};
  for (const mtime of [
    0, -86_400_000, 315_532_799_000, 2_147_483_647_000, -2_147_483_648_000, 4_000_000_000_000,
  ]) {
    tree[`at ${mtime}`] = { kind: 'file', mode: 0o4711, mtime, data: '' };
  }
  const read = await readZip(await makeZip(tree));
  const after2038 = read.tree['at 4000000000000'];
  assert.equal(Math.abs(after2038.mtime - 4_000_000_000_000) <= 2000, true, 'MS-DOS counts in two seconds');
  after2038.mtime = 4_000_000_000_000;
  assert.deepEqual(read.tree, tree);
});

test('what a ZIP cannot have is refused with a reason', async () => {
  const many = Object.fromEntries(
    Array.from({ length: 65_536 }, (_, i) => [
      `${i}`,
      { kind: /** @type {const} */ ('file'), mode: 0o644, mtime: 0, data: '' },
    ]),
  );
  await assert.rejects(makeZip(many), {
    code: 'ELIMIT',
    message: /at most 65,535 files and folders; export a tar/,
  });
  const core = coreOf({ xx: { kind: 'file', mode: 0o644, mtime: 0, data: '' } }, 1);
  const bad = {
    request: async (/** @type {{ op: string }} */ request) => {
      const answer = await core.request(request);
      answer.blob?.set([0xff, 0xfe], 24);
      return answer;
    },
  };
  await assert.rejects(new Export(/** @type {any} */ (bad)).run({ format: 'zip' }), {
    code: 'EINVAL',
    message: /no UTF-8/,
  });
});

test('damage is seen, whatever bit it is', async (context) => {
  const data = bytes(300, 77).toString('base64');
  /** @type {Tree} */
  const tree = {
    'a.txt': { kind: 'file', mode: 0o644, mtime: 0, data },
    link: { kind: 'link', mtime: 0, data: Buffer.from('a.txt').toString('base64') },
  };
  const archive = await makeZip(tree);
  const whole = JSON.stringify(await readZip(archive));
  for (let size = 0; size < archive.length; size++) {
    await assert.rejects(readZip(archive.subarray(0, size)), { code: 'EPARSE' }, `cut off at ${size}`);
  }
  let seen = 0;
  for (let at = 0; at < archive.length; at++) {
    const wrong = archive.slice();
    wrong[at] ^= 4;
    const read = await readZip(wrong).catch((error) => {
      assert.equal(error.code, 'EPARSE', `byte ${at}: ${error}`);
      return null;
    });
    if (read === null || JSON.stringify(read) !== whole) seen++;
    else if (read.tree['a.txt']) assert.equal(read.tree['a.txt'].data, data); // a field that nobody needs
  }
  assert.ok(seen > archive.length / 2, `${seen} of ${archive.length}`);
  context.diagnostic(`${seen} of ${archive.length} single bits change what is read or are refused`);
});

test(
  'what cannot be had is named, and the rest is read',
  { skip: !has('zip') && 'zip is not here' },
  async (context) => {
    const { top, folder } = await makeFolder(context);
    execFileSync('zip', ['-q', '-P', 'secret', `${top}/x.zip`, 'a.txt'], { cwd: folder });
    execFileSync('zip', ['-q', `${top}/x.zip`, 'run me.sh'], { cwd: folder });
    execFileSync('zip', ['-q', '-Z', 'bzip2', `${top}/x.zip`, 'd/large'], { cwd: folder });
    const { tree, skipped } = await readZip(await readFile(path.join(top, 'x.zip')));
    assert.deepEqual(Object.keys(tree), ['run me.sh']);
    assert.match(skipped['a.txt'], /encrypted/);
    assert.match(skipped['d/large'], /method 12/);
  },
);
