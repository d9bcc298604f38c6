/** One writer, seen from the client module: who is told what, and what happens to holders that do not answer. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { onSite } from './support/site.mjs';
import { BROWSERS, useBrowser } from './support/stage.mjs';
import { until } from './support/until.mjs';

/** @typedef {import('puppeteer-core').Page} Page */

/** Opens the workspace in a tab as `window.umbra`; what came of it. @param {Page} page @param {object} [options] */
const open = (page, options = {}) =>
  page.evaluate(async (more) => {
    const { Umbra } = /** @type {any} */ (window);
    const started = performance.now();
    const here = /** @type {any} */ (window);
    here.events = [];
    try {
      here.umbra = await Umbra.open({ workspace: 'shared', ...more });
      here.umbra.on('*', (/** @type {any} */ event) => here.events.push(event));
      return { notices: here.umbra.info.notices };
    } catch (error) {
      const { code, message, holder } = /** @type {any} */ (error);
      return { code, message, holder, ms: performance.now() - started };
    }
  }, options);

/** Calls the tab's client; its result or its error. @param {Page} page @param {string} method @param {any[]} parameters */
const call = (page, method, ...parameters) =>
  page.evaluate(
    (name, list) =>
      /** @type {any} */ (window).umbra[name](...list).catch((/** @type {any} */ error) => ({
        code: error.code,
        message: error.message,
      })),
    method,
    parameters,
  );

/** @param {Page} page @param {string} text */
const write = (page, text) => call(page, 'tool', 'Write', { file_path: 'a.txt', content: text });
/** @param {Page} page */
const read = async (page) => (await call(page, 'tool', 'Read', { file_path: 'a.txt' })).content;

/** Waits for an event of the tab's client. @param {Page} page @param {string} type @returns {Promise<any>} */
async function event(page, type) {
  const found = (/** @type {string} */ wanted) =>
    /** @type {any} */ (window).events.find((/** @type {any} */ one) => one.type === wanted);
  await until(page, found, type);
  return page.evaluate(found, type);
}

/** Runs in a page: a worker that opens the workspace's files and never answers, as a hung tab would. */
async function holdFiles() {
  const script = `
    const hold = async () => {
      const top = await navigator.storage.getDirectory();
      const folder = await (await top.getDirectoryHandle('umbra')).getDirectoryHandle('shared');
      const handles = [];
      for await (const file of folder.values()) handles.push(await file.createSyncAccessHandle());
      navigator.locks.request('umbra:shared', () => { postMessage(handles.length); return new Promise(() => {}); });
    };
    hold();`;
  const worker = new Worker(URL.createObjectURL(new Blob([script], { type: 'text/javascript' })));
  Object.assign(window, { hung: worker });
  return new Promise((resolve) => (worker.onmessage = ({ data }) => resolve(data)));
}

for (const name of BROWSERS) {
  describe(`taking over in ${name}`, () => {
    const browser = useBrowser(name);

    it('the second is told at once, and can have it: the first saves, closes and says so', async () => {
      await onSite(browser(), async (site) => {
        const [first, second] = [await site.open(), await site.open()];
        const before = Date.now();
        assert.deepEqual(await open(first), { notices: [] });
        await write(first, 'from the first\n');
        const refused = await open(second);
        assert.equal(refused.code, 'EBUSY');
        assert.match(refused.message ?? '', /"shared" is open in another tab; .* or take it over/);
        assert.ok(refused.holder.since >= before && refused.holder.since <= Date.now(), refused.holder.since);
        assert.ok((refused.ms ?? Infinity) < 2000, `told after ${refused.ms} ms`);
        assert.equal(await read(first), '     1\tfrom the first\n', 'the first is not disturbed');

        assert.deepEqual(await open(second, { takeOver: true }), { notices: [] });
        assert.deepEqual(await event(first, 'closed'), { type: 'closed', reason: 'taken_over' });
        assert.equal(await read(second), '     1\tfrom the first\n');
        const late = await write(first, 'too late\n');
        assert.equal(late.code, 'EBUSY');
        assert.match(late.message, /taken over by another tab, and everything is saved/);
        await write(second, 'from the second\n');

        assert.equal((await call(first, 'reopen')).code, 'EBUSY', 'without takeOver nothing is taken');
        assert.equal(await call(first, 'reopen', { takeOver: true }), undefined);
        await event(second, 'closed');
        assert.equal(await read(first), '     1\tfrom the second\n');
        assert.equal(await call(second, 'close'), undefined, 'closing what is closed is no failure');
        assert.equal(await read(first), '     1\tfrom the second\n');
      });
    });

    it('two workers of one page are two holders', async () => {
      await onSite(browser(), async (site) => {
        const page = await site.open();
        await open(page);
        await page.evaluate(() => Object.assign(window, { other: /** @type {any} */ (window).umbra }));
        assert.equal((await open(page)).code, 'EBUSY');
        assert.deepEqual(await open(page, { takeOver: true }), { notices: [] });
        const code = await page.evaluate(() =>
          /** @type {any} */ (window).other.changes().catch((/** @type {any} */ error) => error.code),
        );
        assert.equal(code, 'EBUSY');
      });
    });

    it('an import that is running is rolled back, and the files from before are there', async () => {
      await onSite(browser(), async (site) => {
        const [first, second] = [await site.open(), await site.open()];
        await open(first);
        await write(first, 'before\n');
        const ended = first.evaluate(async () => {
          const data = new Uint8Array(1 << 20);
          function* endless() {
            for (let at = 0; at < 2000; at++) yield { path: `big/${at}`, data };
          }
          const { umbra } = /** @type {any} */ (window);
          return umbra
            .importFolder(endless(), { discardChanges: true })
            .catch((/** @type {any} */ error) => error.code);
        });
        await event(first, 'import_progress');
        await open(second, { takeOver: true });
        assert.match(await ended, /^(ECANCELLED|EBUSY)$/);
        assert.equal(await read(second), '     1\tbefore\n');
        assert.equal((await call(second, 'storage')).files, 1);
      });
    });

    it('several that want it at once get it one after the other, and none loses a word', async () => {
      await onSite(browser(), async (site) => {
        const tabs = [];
        for (let at = 0; at < 4; at++) tabs.push(await site.open());
        await open(tabs[0]);
        await write(tabs[0], 'kept\n');
        await Promise.all(tabs.slice(1).map((tab) => open(tab, { takeOver: true })));
        const read = await Promise.all(tabs.map((tab) => call(tab, 'tool', 'Read', { file_path: 'a.txt' })));
        assert.deepEqual(read.map((one) => one.code ?? one.content).sort(), [
          '     1\tkept\n',
          'EBUSY',
          'EBUSY',
          'EBUSY',
        ]);
      });
    });

    it('a holder that does not answer is overridden; files that it keeps open are taken from nobody', async () => {
      await onSite(browser(), async (site) => {
        const [first, second] = [await site.open(), await site.open()];
        await open(first);
        await write(first, 'kept\n');
        await call(first, 'close');
        await first.goto(`${site.origin}/bare.html`);
        assert.ok(Number(await first.evaluate(holdFiles)) > 0);

        const silent = await open(second, { lockWaitMs: 300 });
        assert.equal(silent.code, 'EBUSY');
        assert.match(silent.message ?? '', /held by a tab that does not answer/);
        assert.equal(silent.holder, undefined);
        const held = await open(second, { takeOver: true, lockWaitMs: 300 });
        assert.equal(held.code, 'EBUSY');
        assert.match(
          held.message ?? '',
          /files of the workspace "shared" are still open in a tab that does not/,
        );

        await first.evaluate(() => /** @type {any} */ (window).hung.terminate());
        assert.deepEqual(await open(second, { takeOver: true }), { notices: [] });
        assert.equal(await read(second), '     1\tkept\n');
      });
    });

    it('a lock alone, without files, is overridden and the user told', async () => {
      await onSite(browser(), async (site) => {
        const [first, second] = [await site.open(), await site.open()];
        await first.evaluate(
          () =>
            new Promise((resolve) => {
              void navigator.locks
                .request('umbra:shared', () => {
                  resolve(undefined);
                  return new Promise(() => {});
                })
                .catch(() => undefined);
            }),
        );
        const { notices } = await open(second, { takeOver: true, lockWaitMs: 300 });
        assert.match(String(notices), /did not answer and was overridden: all that it had completed is here/);
      });
    });
  });
}

if (BROWSERS.includes('chromium')) {
  describe('a frozen worker in chromium', () => {
    const browser = useBrowser('chromium');
    it('finds out when it thaws that it was overridden, closes, and the workspace can be had', async () => {
      await onSite(browser(), async (site) => {
        const [first, second] = [await site.open(), await site.open()];
        await open(first);
        await write(first, 'kept\n');
        const [worker] = first.workers();
        await worker.client.send('Debugger.enable');
        await worker.client.send('Debugger.pause');
        void call(first, 'changes'); // runs into the pause
        const held = await open(second, { takeOver: true, lockWaitMs: 300 });
        assert.equal(held.code, 'EBUSY');
        await worker.client.send('Debugger.resume');
        await event(first, 'closed');
        assert.deepEqual(await open(second, { takeOver: true }), { notices: [] });
        assert.equal(await read(second), '     1\tkept\n');
      });
    });
  });
}
