/**
 * A commit is killed at random moments, and so is its undoing. Whatever was cut off: every real file is the old one or the
 * new one, and undoing brings the real folder back to what it was before the commit.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { onSite } from './support/site.mjs';
import { BROWSERS, useBrowser } from './support/stage.mjs';

const ROUNDS = 25;
/** Of a failing run; a number here runs it again with the same delays. */
const SEED = Number(process.env.UMBRA_SEED ?? Math.floor(Math.random() * 2 ** 31));

/**
 * Runs in the page. A directory of OPFS stands for the real folder.
 * @param {number} rounds
 * @param {number} seed
 */
async function killAndUndo(rounds, seed) {
  const encoder = new TextEncoder();
  let state = seed;
  /** From 0 to 1: the minimal standard generator of Park and Miller (CACM 31, 1988). */
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
  const text = (/** @type {string} */ word, /** @type {number} */ lines) => `${word}\n`.repeat(lines);

  /** @type {Record<string, string>} */
  const old = {
    'gone/a.txt': 'a\n',
    'moved.txt': text('moved', 500),
    'same.txt': 'same\n',
    place: 'a file\n',
  };
  /** @type {Record<string, string>} */
  const now = { 'new/deep/b.txt': 'b\n', 'dir/moved.txt': text('moved', 500), 'same.txt': 'same\n' };
  now['place/in.txt'] = 'a folder\n';
  for (let at = 0; at < 12; at++) {
    old[`f${at}.txt`] = text(`old ${at}`, at * 300);
    now[`f${at}.txt`] = text(`new ${at}`, 3000 - at * 100);
  }

  const top = await navigator.storage.getDirectory();
  const target = await top.getDirectoryHandle('real', { create: true });

  /** @param {FileSystemDirectoryHandle} folder @param {string} prefix @param {Record<string, string>} found */
  const read = async (folder = target, prefix = '', found = {}) => {
    for await (const [name, handle] of folder.entries()) {
      if (handle.kind === 'directory') await read(handle, `${prefix}${name}/`, found);
      else found[prefix + name] = await (await handle.getFile()).text();
    }
    return found;
  };
  /** @param {Record<string, string>} files */
  const write = async (files) => {
    for await (const name of target.keys()) await target.removeEntry(name, { recursive: true });
    for (const [path, content] of Object.entries(files)) {
      const parts = path.split('/');
      const name = /** @type {string} */ (parts.pop());
      let folder = target;
      for (const part of parts) folder = await folder.getDirectoryHandle(part, { create: true });
      const stream = await (await folder.getFileHandle(name, { create: true })).createWritable();
      await stream.write(encoder.encode(content));
      await stream.close();
    }
  };
  const sorted = (/** @type {Record<string, string>} */ files) =>
    JSON.stringify(Object.entries(files).sort());
  const names = (/** @type {Record<string, string>} */ files) => Object.keys(files).sort().join();

  const { Umbra } = /** @type {any} */ (window);
  const umbra = await Umbra.open({ workspace: 'undo', persist: false });
  // The shadow gets the new state through the folder, is kept, and is rewound to it above the old one.
  await write(now);
  await umbra.importFolder(target);
  const kept = await umbra.checkpoint('the new state');
  await write(old);
  await umbra.importFolder(target);
  await umbra.rewind(kept);
  const changes = JSON.stringify(await umbra.changes());

  /** Runs something, perhaps cut off by the worker's death. @param {() => Promise<any>} action @param {number} most */
  const cut = async (action, most) => {
    let dead = false;
    const running = action().then(
      (result) => (dead ? null : result),
      (error) => {
        if (dead) return null;
        throw error;
      },
    );
    const first = await Promise.race([running, pause(random() * most).then(() => 'time')]);
    if (first !== 'time') return first;
    dead = true;
    umbra.worker.terminate();
    await umbra.reopen();
    return null;
  };

  /** Whether there is something to be undone. */
  const open = async () => {
    const [last] = await umbra.commits();
    return last !== undefined && last.done + last.unknown > 0;
  };

  const tally = { whole: 0, cut: 0, untouched: 0, undoCut: 0 };
  let longest = 400;
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    // The first one is not cut off: it says how long one takes.
    const most = round === 0 ? 1e9 : longest * 1.2;
    const result = await cut(() => umbra.commit(undefined, { target }), most);
    const real = await read();
    if (result) {
      longest = performance.now() - started;
      tally.whole++;
      if (result.conflicts.length + result.failed.length > 0 || sorted(real) !== sorted(now))
        throw new Error(`round ${round}: ${JSON.stringify(result)}, the folder has ${names(real)}`);
    } else {
      tally.cut++;
      for (const [path, content] of Object.entries(real)) {
        // A file that was just being created is empty in some browsers.
        if (content !== old[path] && content !== now[path] && !(content === '' && !(path in old)))
          throw new Error(`round ${round}: ${path} is neither the old nor the new one`);
      }
    }
    if (!(await open())) tally.untouched++;
    for (let tries = 0; await open(); tries++) {
      const done = await cut(() => umbra.undoCommit(undefined, { target }), tries > 2 ? 1e9 : longest);
      if (!done) tally.undoCut++;
      else if (done.conflicts.length + done.failed.length > 0)
        throw new Error(`round ${round}: ${JSON.stringify(done)}`);
    }
    const back = await read();
    if (sorted(back) !== sorted(old)) throw new Error(`round ${round}: not undone, ${names(back)}`);
    if (JSON.stringify(await umbra.changes()) !== changes)
      throw new Error(`round ${round}: other changes, ${JSON.stringify(await umbra.changes())}`);
  }
  const { count } = await umbra.check();
  if (count) throw new Error(`${count} problems in the image`);
  await umbra.close();
  return tally;
}

for (const name of BROWSERS) {
  describe(`undoing commits in ${name}`, () => {
    const browser = useBrowser(name);

    it('brings the folder back, wherever commit and undoing are cut off', async (context) => {
      await onSite(browser(), async ({ open }) => {
        const page = await open();
        const tally = await page.evaluate(killAndUndo, ROUNDS, SEED).catch((error) => {
          throw new Error(`seed ${SEED}: ${error.message}`);
        });
        context.diagnostic(`seed ${SEED}: ${JSON.stringify(tally)}`);
        assert.equal(tally.whole + tally.cut, ROUNDS);
        assert.ok(tally.cut > 0, 'some commits were cut off');
      });
    });
  });
}
