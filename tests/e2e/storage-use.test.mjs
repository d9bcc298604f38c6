/** The promise to keep the storage, and how much of it is used: asked for once, shown, and warned of in time. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { say } from './support/model.mjs';
import { onSite } from './support/site.mjs';
import { BROWSERS, onStage, useBrowser } from './support/stage.mjs';
import { treeOf } from './support/trees.mjs';
import { until } from './support/until.mjs';

/** @typedef {import('puppeteer-core').Page} Page */

const SCRIPT = { One: [[say('One.')]], Two: [[say('Two.')]] };
/** Firefox asks the user; these answer for one who allows it. */
const ALLOWED = {
  'dom.storageManager.prompt.testing': true,
  'dom.storageManager.prompt.testing.allow': true,
};
const REFUSED = {
  'dom.storageManager.prompt.testing': true,
  'dom.storageManager.prompt.testing.allow': false,
};

/** Counts what is asked of the browser; in Chromium, which decides by itself, also says what it answers. @param {Page} page @param {boolean} [answer] */
async function countQuestions(page, answer) {
  await page.evaluateOnNewDocument((says) => {
    const { persist } = StorageManager.prototype;
    Object.assign(window, { questions: 0 });
    StorageManager.prototype.persist = function () {
      /** @type {any} */ (window).questions++;
      return says === null ? persist.call(this) : Promise.resolve(says);
    };
    if (says)
      StorageManager.prototype.persisted = () => Promise.resolve(/** @type {any} */ (window).questions > 0);
  }, answer ?? null);
}

/** @param {Page} page @returns {Promise<number>} */
const questions = (page) => page.evaluate(() => /** @type {any} */ (window).questions);

/** What the settings say of storage. @param {import('./support/app.mjs').App} app */
async function settings(app) {
  await app.click('settings');
  await app.see('storage-used');
  const [used] = await app.texts('storage-used');
  const [kept] = await app.texts('persisted');
  const persisted = await app.count('persisted', '[data-persisted="true"]');
  const canAsk = (await app.count('persist')) === 1;
  await app.click('settings-close');
  return { used, kept, persisted: persisted === 1, canAsk };
}

for (const name of BROWSERS) {
  const real = name === 'firefox';
  describe(`the storage in ${name}`, () => {
    for (const allowed of [true, false]) {
      describe(allowed ? 'when it is kept' : 'when it is not', () => {
        const browser = useBrowser(name, { firefoxPrefs: allowed ? ALLOWED : REFUSED });
        it('the browser is asked once, after the first import, and its answer is shown', async () => {
          const before = (/** @type {Page} */ page) => countQuestions(page, real ? undefined : allowed);
          await onStage(
            browser(),
            SCRIPT,
            async ({ app }) => {
              assert.equal(await questions(app.page), 0, 'nothing is asked while there is nothing to keep');
              await app.importTree(treeOf({ 'a.txt': 'one\n' }));
              await until(app.page, () => /** @type {any} */ (window).questions > 0);
              await app.turn('One');
              await app.turn('Two');
              assert.equal(await questions(app.page), 1);
              await until(
                app.page,
                (wanted) => /** @type {any} */ (window).umbraPage.client.info.persisted === wanted,
                allowed,
              );
              const shown = await settings(app);
              assert.match(
                shown.used,
                /^[\d.]+ [KM]B of [\d.]+ [GT]B used by this site; [\d.]+ [KM]?B by this /,
              );
              assert.equal(shown.persisted, allowed);
              assert.equal(shown.canAsk, !allowed);
              assert.match(shown.kept, allowed ? /keeps this storage until you delete/ : /has not promised/);
              if (allowed) return;
              await app.click('settings');
              await app.click('persist');
              await until(app.page, () => /** @type {any} */ (window).questions === 2);
              assert.equal(await app.count('persisted', '[data-persisted="false"]'), 1);
            },
            { before },
          );
        });
      });
    }

    describe('for embedders', () => {
      const browser = useBrowser(name, { firefoxPrefs: ALLOWED });
      it('storage() has the figures, persist: false asks nothing, persist() does', async () => {
        await onSite(browser(), async (site) => {
          const page = await site.open();
          await countQuestions(page, real ? undefined : true);
          await page.reload();
          const found = await page.evaluate(async (module) => {
            const { Umbra } = await import(module);
            const umbra = await Umbra.open({ workspace: 'w', persist: false });
            /** @type {any[]} */
            const events = [];
            umbra.on('persisted', (/** @type {any} */ event) => events.push(event));
            const data = crypto.getRandomValues(new Uint8Array(65536));
            await umbra.importFolder(Array.from({ length: 64 }, (_, at) => ({ path: `f${at}`, data })));
            const asked = /** @type {any} */ (window).questions;
            const before = await umbra.storage();
            const answer = await umbra.persist();
            return {
              asked,
              before,
              answer,
              after: await umbra.storage(),
              info: umbra.info.persisted,
              events,
            };
          }, '/umbra/umbra.js');
          const { asked, before, answer, after, info, events } = found;
          assert.equal(asked, 0);
          assert.equal(before.persisted, false);
          assert.deepEqual([answer, after.persisted, info], [true, true, true]);
          assert.deepEqual(events, [{ type: 'persisted', persisted: true }]);
          assert.deepEqual([before.files, before.bytes], [64, 64 * 65536]);
          assert.ok(before.imageBytes >= 65536, `${before.imageBytes} bytes of image`);
          assert.ok(before.usage >= before.imageBytes && before.quota > before.usage, JSON.stringify(before));
        });
      });
    });

    describe('that is nearly full', () => {
      // Firefox: a group of sites has a fifth of the whole, and 10 MB at least. Chromium names everybody 10 GB more than
      // is used, unless it is told not to.
      const browser = useBrowser(name, {
        firefoxPrefs: { ...REFUSED, 'dom.quotaManager.temporaryStorage.fixedLimit': 51_200 },
        chromiumArgs: ['--disable-features=StaticStorageQuota'],
      });
      it('warns once, with figures', async () => {
        await onStage(browser(), SCRIPT, async ({ app, proxy }) => {
          await app.importFiles(treeOf({ 'a.txt': 'small\n' }));
          await app.turn('One');
          assert.equal(await app.count('notice'), 0);
          await app.importFiles(
            new Map([['noise', new Uint8Array(8_600_000).map(() => Math.random() * 256)]]),
          );
          if (!real) {
            const session = await app.page.createCDPSession();
            const { usage } = await app.client('storage');
            const quotaSize = Math.round(usage / 0.85);
            await session.send('Storage.overrideQuotaForOrigin', { origin: proxy.origin, quotaSize });
            await settings(app); // reads it anew
          }
          await app.says('notice', 'that the browser gives it. When it is full, nothing more can be written');
          assert.match((await app.texts('notice'))[0], /This site uses [\d.]+ MB of the [\d.]+ MB that/);
          await settings(app);
          assert.equal(await app.count('notice'), 1);
        });
      });
    });
  });
}
