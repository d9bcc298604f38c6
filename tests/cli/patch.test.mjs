/**
 * Changes and patches against git and patch, on random trees, on packages and on this repository's own history:
 * a patch of ours makes the same bytes, and the list of changes is git's.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, cp, lstat, mkdir, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { root } from '../e2e/support/servers.mjs';
import { project, snapshot } from './support.mjs';
import { Random, mutateTree, randomTree } from './trees.mjs';

const runFile = promisify(execFile);
const BUFFER = { maxBuffer: 1 << 28, encoding: /** @type {const} */ ('latin1') };

/** Output (one character a byte) and status. @param {string} program @param {string[]} parameters @param {string} cwd */
async function run(program, parameters, cwd) {
  const env = { ...process.env, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', LC_ALL: 'C' };
  try {
    const { stdout, stderr } = await runFile(program, parameters, { cwd, env, ...BUFFER });
    return { status: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = /** @type {any} */ (error);
    if (typeof code !== 'number') throw error;
    return { status: code, stdout, stderr };
  }
}

/** @param {string} folder */
async function empty(folder) {
  for (const name of await readdir(folder)) await rm(path.join(folder, name), { recursive: true });
}

/** @typedef {{ kind: string, path: string, from?: string, score?: number }} Listed */

/** What git says of two folders. @param {string} top holds a/ and b/ @returns {Promise<Listed[]>} */
async function gitChanges(top) {
  const { stdout } = await run(
    'git',
    ['diff', '--no-index', '--name-status', '-M50%', '-l0', '--no-ext-diff', '-z', 'a', 'b'],
    top,
  );
  const words = Buffer.from(stdout, 'latin1')
    .toString()
    .split('\0')
    .filter((/** @type {string} */ word) => word !== '');
  /** @type {Listed[]} */
  const found = [];
  const plain = (/** @type {string} */ name) => name.replace(/^[ab]\//, '');
  while (words.length) {
    const status = /** @type {string} */ (words.shift());
    const first = plain(/** @type {string} */ (words.shift()));
    if (status[0] === 'R') {
      const second = plain(/** @type {string} */ (words.shift()));
      found.push({ kind: 'R', path: second, from: first, score: Number(status.slice(1)) });
    } else {
      found.push({ kind: status === 'T' ? 'M' : status, path: first });
    }
  }
  return found;
}

/** The patch's own account: which files, with the scores of renamed ones. @param {string} patch */
function scores(patch) {
  /** @type {Map<string, number>} */
  const found = new Map();
  for (const [, score, name] of patch.matchAll(/^similarity index (\d+)%\nrename from .*\nrename to (.*)$/gm))
    found.set(Buffer.from(unquote(name), 'latin1').toString(), Number(score));
  return found;
}

/** A name as it stands in a patch, one character a byte. @param {string} name */
function unquote(name) {
  if (!name.startsWith('"')) return name;
  const letters = /** @type {Record<string, string>} */ ({
    a: '\x07',
    b: '\b',
    t: '\t',
    n: '\n',
    v: '\v',
    f: '\f',
    r: '\r',
  });
  return name
    .slice(1, -1)
    .replace(/\\([0-7]{3}|.)/g, (_, code) =>
      code.length === 3 ? String.fromCharCode(parseInt(code, 8)) : (letters[code] ?? code),
    );
}

/**
 * Binary contents are not in a patch: parts their sections from it, with the files that these are about.
 * @param {string} patch
 */
function withoutBinaries(patch) {
  const sections = patch.split(/^(?=diff --git )/m);
  const binary = sections.filter((section) => /^Binary files /m.test(section));
  const plain = (/** @type {string | undefined} */ name) =>
    name && name !== '/dev/null' ? Buffer.from(unquote(name), 'latin1').toString() : null;
  /** @type {[string | undefined, string | undefined][]} */
  const files = binary.map((section) => {
    const [, old, now] = /** @type {RegExpExecArray} */ (
      /^Binary files (.*) and (.*) differ$/m.exec(section)
    );
    return [plain(old)?.replace(/^a\//, ''), plain(now)?.replace(/^b\//, '')];
  });
  return { text: sections.filter((section) => !binary.includes(section)).join(''), files };
}

/**
 * The patch that git itself makes of two folders.
 * @param {string} top holds a/ and b/
 */
async function gitPatch(top) {
  const place = path.join(top, 'repository');
  const git = async (/** @type {string[]} */ ...words) => {
    const config = ['-c', 'user.name=x', '-c', 'user.email=x', '-c', 'core.autocrlf=false'];
    const { status, stdout, stderr } = await run('git', [...config, ...words], place);
    assert.equal(status, 0, stderr);
    return stdout;
  };
  await rm(place, { recursive: true, force: true });
  await cp(path.join(top, 'a'), place, { recursive: true, verbatimSymlinks: true });
  await git('init', '-q');
  await git('add', '-Af');
  await git('commit', '-q', '--allow-empty', '-m', 'a');
  for (const name of await readdir(place)) {
    if (name !== '.git') await rm(path.join(place, name), { recursive: true });
  }
  await cp(path.join(top, 'b'), place, { recursive: true, verbatimSymlinks: true });
  await git('add', '-Af');
  return git('diff', '--cached', '-M50%', '-l0');
}

/**
 * Applies a patch to folder a; the program's complaint when it fails.
 * @param {string} top
 * @param {string} patch without binaries
 * @param {[string | undefined, string | undefined][]} binaries are taken from folder b
 * @param {string[]} command
 */
async function apply(top, patch, binaries, [program, ...words]) {
  const made = path.join(top, 'made');
  await rm(made, { recursive: true, force: true });
  await cp(path.join(top, 'a'), made, { recursive: true, verbatimSymlinks: true });
  for (const [old] of binaries) if (old) await rm(path.join(made, old));
  if (patch) {
    await writeFile(path.join(top, 'patch'), patch, 'latin1');
    const { status, stdout, stderr } = await run(program, words, made);
    if (status !== 0) return stdout + stderr;
  }
  for (const [, now] of binaries) {
    if (!now) continue;
    await mkdir(path.dirname(path.join(made, now)), { recursive: true });
    await cp(path.join(top, 'b', now), path.join(made, now));
  }
  const [is, wanted] = [await snapshot(made), await snapshot(path.join(top, 'b'))];
  assert.deepEqual(Object.keys(is).sort(), Object.keys(wanted).sort(), program);
  for (const name of Object.keys(wanted)) assert.equal(is[name], wanted[name], `${program}: ${name}`);
  return '';
}

const PROGRAMS = [
  ['git', 'apply', '--whitespace=nowarn', '../patch'],
  ['patch', '-p1', '--no-backup-if-mismatch', '-f', '-i', '../patch'],
];

/**
 * Each program makes folder b of folder a with our patch. Where it cannot (a file that took a folder's place, a path
 * where a link was), it cannot with git's own patch either.
 * @param {string} top
 * @param {string} patch
 * @returns {Promise<number>} how many programs took it
 */
async function assertApplies(top, patch) {
  const { text, files } = withoutBinaries(patch);
  let taken = 0;
  for (const command of PROGRAMS) {
    const complaint = await apply(top, text, files, command);
    if (complaint === '') {
      taken++;
      continue;
    }
    const theirs = withoutBinaries(await gitPatch(top));
    assert.notEqual(await apply(top, theirs.text, theirs.files, command), '', complaint);
  }
  return taken;
}

/** What stood and what stands: a renamed file on both sides. @param {Listed[]} list */
function sides(list) {
  const gone = list.flatMap(({ kind, path: name, from }) => (from ? [from] : kind === 'D' ? [name] : []));
  const come = list.flatMap(({ kind, path: name, from }) => (from || kind === 'A' ? [name] : []));
  const changed = list.filter(({ kind }) => kind === 'M').map(({ path: name }) => name);
  return { gone: gone.sort(), come: come.sort(), changed: changed.sort() };
}

/**
 * The lists agree: the same paths are gone, new and modified, and as many are renamed. Which of several candidates a
 * file was renamed from may differ where they are as similar: the sum of all similarities is compared, with a percent
 * for rounding each. Before version 2.44 git did not count a last line without a newline, so that files with such a
 * line may be less similar to it, and not renamed.
 * @param {Listed[]} ours
 * @param {Listed[]} theirs
 * @param {string} top holds a/ and b/
 */
async function assertSameList(ours, theirs, top) {
  assert.deepEqual(sides(ours), sides(theirs));
  const renamed = (/** @type {Listed[]} */ list) => list.filter(({ from }) => from);
  const sum = (/** @type {Listed[]} */ list) => list.reduce((total, { score }) => total + (score ?? 0), 0);
  const [mine, gits] = [renamed(ours), renamed(theirs)];
  let unended = 0;
  for (const { from, path: name, score } of mine) {
    if (score === 100) continue;
    const both = [path.join(top, 'a', from ?? ''), path.join(top, 'b', name)];
    const texts = await Promise.all(both.map((place) => readFile(place, 'latin1')));
    if (!texts.every((text) => text.endsWith('\n'))) unended++;
  }
  const more = mine.length - gits.length;
  assert.ok(more >= 0 && more <= unended, `${mine.length} renamed files, git has ${gits.length}`);
  assert.ok(sum(mine) >= sum(gits) - gits.length, `similar by ${sum(mine)}, git has ${sum(gits)}`);
}

/** @param {string} text */
const countLines = (text) => (text.match(/^[+-](?!\+\+ |-- )/gm) ?? []).length;

/**
 * Makes umbra's patch and list of what leads from folder a to folder b (both below top), and checks them.
 * @param {import('node:test').TestContext} context
 * @param {(place: string) => Promise<void>} makeA
 * @param {(place: string) => Promise<void>} makeB fills an empty folder
 */
async function checkPair(context, makeA, makeB) {
  const { top, folder, tool, umbra } = await project(context, {});
  const [a, b] = ['a', 'b'].map((name) => path.join(top, name));
  for (const place of [a, b]) await mkdir(place);
  await makeA(a);
  await makeB(b);
  // A tree of the past is a checkpoint: one is taken before each call that writes.
  const keep = { recursive: true, verbatimSymlinks: true };
  await cp(a, folder, keep);
  assert.equal((await tool('Write', { file_path: '.umbra-mark', content: '' })).status, 0);
  assert.equal((await umbra(['discard'])).status, 0);
  await empty(folder);
  await cp(b, folder, keep);
  const binary = ['-C', folder, '--state-dir', path.join(top, 'state')];
  const umbraBytes = (/** @type {string[]} */ words) =>
    run(process.env.UMBRA_BIN ?? path.join(root, 'build/native/umbra'), [...binary, ...words], top);
  const status = await umbraBytes(['status', '--from', '1']);
  assert.equal(status.stderr, '');
  assert.equal((await umbraBytes(['status'])).stdout, '');
  const patch = await umbraBytes(['diff', '--from', '1']);
  assert.equal(patch.status, 0, patch.stderr);
  const taken = await assertApplies(top, patch.stdout);

  const percent = scores(patch.stdout);
  const ours = Buffer.from(status.stdout, 'latin1')
    .toString()
    .split('\n')
    .filter((/** @type {string} */ line) => line !== '')
    .map((/** @type {string} */ line) => {
      const [from, to] = line.slice(2).split(' -> ');
      return to ? { kind: 'R', path: to, from, score: percent.get(to) } : { kind: line[0], path: from };
    });
  await assertSameList(ours, await gitChanges(top), top);
  const git = await run('git', ['diff', '--no-index', '-M50%', '-l0', 'a', 'b'], top);
  const [mine, gits] = [countLines(patch.stdout), countLines(git.stdout)];
  assert.ok(mine <= gits * 1.1 + 20, `${mine} changed lines, git has ${gits}`);
  return { ours, taken };
}

test('random trees', { timeout: 300_000 }, async (context) => {
  const first = Number(process.env.UMBRA_PATCH_SEED ?? 0);
  const rounds = Number(process.env.UMBRA_PATCH_ROUNDS ?? 25);
  const kinds = new Set();
  let applied = 0;
  for (let round = first; round < first + rounds; round++) {
    await context.test(`seed ${round}`, async (inner) => {
      const random = new Random(round);
      const before = randomTree(random);
      const after = mutateTree(random, before);
      const { ours, taken } = await checkPair(
        inner,
        (place) => before.write(place),
        (place) => after.write(place),
      );
      for (const { kind } of ours) kinds.add(kind);
      applied += taken;
    });
  }
  assert.ok(applied > rounds, `${applied} of ${2 * rounds} patches could be applied`);
  if (rounds >= 25) assert.deepEqual([...kinds].sort(), ['A', 'D', 'M', 'R']);
});

/** A package as installed, without what is in it of others. @param {string} name @param {string} place */
async function copyPackage(name, place) {
  const source = path.join(root, 'node_modules', name);
  await cp(source, place, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (file) => path.basename(file) !== 'node_modules' && !file.endsWith('.map'),
  });
}

test('packages, changed as a person would', { timeout: 300_000 }, async (context) => {
  for (const name of ['preact', 'marked', 'puppeteer-core']) {
    await context.test(name, async (inner) => {
      const random = new Random(name.length);
      await checkPair(
        inner,
        (place) => copyPackage(name, place),
        async (place) => {
          await copyPackage(name, place);
          await editFolder(random, place);
        },
      );
    });
  }
});

/** Lines inserted, removed and changed; files moved, removed and made executable. @param {Random} random @param {string} folder */
async function editFolder(random, folder) {
  const entries = await readdir(folder, { recursive: true });
  for (const name of entries) {
    const place = path.join(folder, name);
    if (!(await lstat(place)).isFile() || random.below(4)) continue;
    const text = await readFile(place, 'latin1');
    const lines = text.split('\n');
    for (let edits = 1 + random.below(5); edits > 0 && lines.length > 1; edits--) {
      const at = random.below(lines.length);
      lines.splice(
        at,
        random.below(3),
        ...Array.from({ length: random.below(3) }, () => `${random.word()} {`),
      );
    }
    const choice = random.below(10);
    await rm(place);
    if (choice === 0) continue;
    const target = choice === 1 ? path.join(folder, 'moved', random.word(), path.basename(name)) : place;
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, lines.join('\n'), 'latin1');
    if (choice === 2) await chmod(target, 0o755);
    if (choice === 3) await symlink('elsewhere', path.join(path.dirname(place), random.word()));
  }
}

test("this repository's history", { timeout: 300_000 }, async (context) => {
  const log = await run('git', ['log', '--format=%H', '-n', '60'], root);
  const commits = log.stdout.split('\n').filter((/** @type {string} */ line) => line !== '');
  if (log.status !== 0 || commits.length < 20) return context.skip('no history here');
  const archive = (/** @type {string} */ commit) => async (/** @type {string} */ place) => {
    await run(
      'sh',
      ['-c', `git -C "$1" -c tar.umask=0022 archive "$2" | tar -x -C "$3"`, 'sh', root, commit, place],
      root,
    );
  };
  for (const [newer, older] of [
    [0, 1],
    [3, 9],
    [0, commits.length - 1],
  ]) {
    await context.test(`${commits[older].slice(0, 9)} to ${commits[newer].slice(0, 9)}`, async (inner) => {
      await checkPair(inner, archive(commits[older]), archive(commits[newer]));
    });
  }
});
