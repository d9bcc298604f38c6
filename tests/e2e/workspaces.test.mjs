/** Several workspaces side by side: listed, told apart, and deleted for good, however a deletion is interrupted. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { load, onSite } from './support/site.mjs';
import { BROWSERS, useBrowser } from './support/stage.mjs';
import { until } from './support/until.mjs';

/** @typedef {import('puppeteer-core').Page} Page */

/** Makes a workspace with one file and a remembered folder, and closes it. @param {Page} page @param {string} name */
const make = (page, name) =>
  page.evaluate(async (workspace) => {
    const { Umbra } = /** @type {any} */ (window);
    const top = await navigator.storage.getDirectory();
    const real = await top.getDirectoryHandle(`real-${workspace}`, { create: true });
    const file = await real.getFileHandle('name.txt', { create: true });
    const stream = await file.createWritable();
    await stream.write(workspace);
    await stream.close();
    const umbra = await Umbra.open({ workspace, persist: false });
    await umbra.importFolder(real);
    await umbra.close();
  }, name);

/** The names that are listed. @param {Page} page @returns {Promise<any[]>} */
const list = (page) => page.evaluate(() => /** @type {any} */ (window).Umbra.workspaces());
/** @param {Page} page */
const names = async (page) => (await list(page)).map((one) => one.name);

/** @param {Page} page @param {string} name @param {object} [options] @returns {Promise<string | undefined>} the error's code */
const remove = (page, name, options) =>
  page.evaluate(
    (workspace, more) =>
      /** @type {any} */ (window).Umbra.deleteWorkspace(workspace, more).catch(
        (/** @type {any} */ error) => error.code ?? `${error}`,
      ),
    name,
    options ?? {},
  );

/** What there is of a workspace, below the client. @param {Page} page @param {string} name */
const traces = (page, name) =>
  page.evaluate(async (workspace) => {
    const top = await (await navigator.storage.getDirectory()).getDirectoryHandle('umbra');
    const found = [];
    for await (const entry of top.keys()) if (entry === workspace) found.push(`folder ${entry}`);
    const request = indexedDB.open('umbra-folders', 1);
    await new Promise((resolve) => (request.onsuccess = resolve));
    const keys = request.result.transaction('folders').objectStore('folders').getAllKeys();
    await new Promise((resolve) => (keys.onsuccess = resolve));
    request.result.close();
    if (keys.result.includes(workspace)) found.push(`record ${workspace}`);
    return found;
  }, name);

/** Opens a workspace and closes it; its files and whether it knows its folder. @param {Page} page @param {string} name */
const look = (page, name) =>
  page.evaluate(async (workspace) => {
    const umbra = await /** @type {any} */ (window).Umbra.open({ workspace, persist: false });
    const found = { files: umbra.info.files, folder: await umbra.canCommit() };
    await umbra.close();
    return found;
  }, name);

/**
 * Runs in the page: from now on the step with the number `last` of those that change something never ends, as when
 * the page dies there; `after` says whether the change is made before.
 * @param {number} last
 * @param {boolean} after
 */
function dieAtStep(last, after) {
  let step = 0;
  const here = /** @type {any} */ (window);
  /** @param {any} prototype @param {string} method @param {(args: any[]) => boolean} counts */
  const wrap = (prototype, method, counts) => {
    const real = prototype[method];
    prototype[method] = function (/** @type {any[]} */ ...args) {
      if (!counts(args) || ++step < last) return real.apply(this, args);
      here.diedAt = `${method} ${args[0]}`;
      const never = new Promise(() => {});
      return step === last && after ? real.apply(this, args).then(() => never) : never;
    };
  };
  const folders = FileSystemDirectoryHandle.prototype;
  wrap(folders, 'getFileHandle', ([_name, options]) => options?.create);
  wrap(folders, 'removeEntry', () => true);
}

/** Begins to delete and dies at a step; what that step was, or '' when it was over before. @param {Page} page @param {string} name @param {number} step @param {boolean} after */
async function dieWhileDeleting(page, name, step, after) {
  await page.evaluate(dieAtStep, step, after);
  await page.evaluate((workspace) => {
    const here = /** @type {any} */ (window);
    here.Umbra.deleteWorkspace(workspace).then(() => (here.diedAt ??= ''));
  }, name);
  await until(page, () => /** @type {any} */ (window).diedAt !== undefined);
  return page.evaluate(() => /** @type {any} */ (window).diedAt);
}

for (const name of BROWSERS) {
  describe(`workspaces in ${name}`, () => {
    const browser = useBrowser(name);

    it('are listed and told apart', async () => {
      await onSite(browser(), async (site) => {
        const page = await site.open();
        assert.deepEqual(await list(page), []);
        const before = Date.now();
        await make(page, 'one');
        await make(page, 'two');
        await page.evaluate(async () => {
          const here = /** @type {any} */ (window);
          here.umbra = await here.Umbra.open({ workspace: 'two', persist: false });
        });
        const all = await list(page);
        assert.deepEqual(
          all.map((one) => [one.name, one.open]),
          [
            ['one', false],
            ['two', true],
          ],
        );
        for (const { bytes, lastUsed } of all) {
          assert.ok(bytes > 100, `${bytes} bytes`);
          assert.ok(lastUsed >= before - 2000 && lastUsed <= Date.now() + 2000, `used ${lastUsed}`);
        }
        const content = await page.evaluate(
          async () =>
            (await /** @type {any} */ (window).umbra.tool('Read', { file_path: 'name.txt' })).content,
        );
        assert.equal(content, '     1\ttwo\n');
      });
    });

    it('are deleted with all that is kept of them; the others stay', async () => {
      await onSite(browser(), async (site) => {
        const page = await site.open();
        await make(page, 'one');
        await make(page, 'two');
        assert.deepEqual(await traces(page, 'one'), ['folder one', 'record one']);
        assert.equal(await remove(page, 'one'), undefined);
        assert.deepEqual(await traces(page, 'one'), []);
        assert.deepEqual(await names(page), ['two']);
        assert.deepEqual(await look(page, 'two'), { files: 1, folder: true });
        assert.equal(await remove(page, 'one'), 'ENOENT');
        assert.equal(await remove(page, '../two'), 'EINVAL');
        assert.deepEqual(await look(page, 'one'), { files: 0, folder: false });
      });
    });

    it('are not deleted while they are open, unless that is forced: the holder is told', async () => {
      await onSite(browser(), async (site) => {
        const [first, second] = [await site.open(), await site.open()];
        await make(first, 'one');
        await first.evaluate(async () => {
          const here = /** @type {any} */ (window);
          here.umbra = await here.Umbra.open({ workspace: 'one', persist: false });
          here.umbra.on('closed', (/** @type {any} */ { reason }) => (here.reason = reason));
        });
        assert.equal(await remove(second, 'one'), 'EBUSY');
        assert.deepEqual(await names(second), ['one']);
        assert.equal(await remove(second, 'one', { force: true }), undefined);
        await until(first, () => /** @type {any} */ (window).reason === 'deleted');
        assert.deepEqual(await traces(second, 'one'), []);
        const after = await first.evaluate(async () => {
          const { umbra } = /** @type {any} */ (window);
          const message = await umbra.changes().catch((/** @type {any} */ error) => error.message);
          await umbra.reopen();
          return { message, files: umbra.info.files };
        });
        assert.match(after.message, /was deleted in another tab/);
        assert.equal(after.files, 0);
      });
    });

    it('a deletion that dies at any step has not begun or is finished by whoever comes next', async () => {
      await onSite(browser(), async (site) => {
        const page = await site.open();
        const steps = new Set();
        for (let round = 0, over = false; !over; round++) {
          const [step, after] = [1 + (round >> 1), round % 2 === 1];
          await make(page, 'doomed');
          const where = await dieWhileDeleting(page, 'doomed', step, after);
          over = where === '';
          if (!over) steps.add(where);
          await load(page, site.origin);
          const begun = step > 1 || after;
          if (!begun) {
            assert.deepEqual(
              await look(page, 'doomed'),
              { files: 1, folder: true },
              'nothing has happened yet',
            );
          } else if (round % 3 === 0) {
            assert.deepEqual(await names(page), [], where);
            assert.deepEqual(await traces(page, 'doomed'), [], where);
          } else if (round % 3 === 1) {
            await page.evaluate(async () => {
              const here = /** @type {any} */ (window);
              here.other = await here.Umbra.open({ workspace: 'other', persist: false });
            });
            for (let tries = 0; (await traces(page, 'doomed')).length > 0; tries++) {
              assert.ok(tries < 1000, `after ${where} there is still ${await traces(page, 'doomed')}`);
            }
            await page.evaluate(async () => {
              const here = /** @type {any} */ (window);
              await here.other.close();
              await here.Umbra.deleteWorkspace('other');
            });
          } else {
            assert.deepEqual(await look(page, 'doomed'), { files: 0, folder: false }, where);
          }
        }
        assert.ok(steps.has('getFileHandle deleted') && steps.has('removeEntry doomed'), [...steps].join());
        assert.ok(steps.size >= 3, [...steps].join());
      });
    });

    it('a deletion whose tab is gone is finished when the name is used again', async () => {
      await onSite(browser(), async (site) => {
        const [first, second] = [await site.open(), await site.open()];
        await make(first, 'doomed');
        await dieWhileDeleting(first, 'doomed', 2, true);
        // The dying tab holds the workspace still: it counts as deleted all the same.
        assert.deepEqual(await names(second), []);
        await first.close();
        assert.deepEqual(await look(second, 'doomed'), { files: 0, folder: false });
      });
    });
  });
}
