/** Imports that are large, unreadable, cancelled or refused: whole or not at all, and always with a reason. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hashes, readFolder, writeFolder } from './support/folder.mjs';
import { measured } from './support/memory.mjs';
import { BROWSERS, onStage, useBrowser } from './support/stage.mjs';
import { text, treeOf } from './support/trees.mjs';

/** @typedef {import('./support/app.mjs').App} App */

const TREE = treeOf({ 'a.txt': 'one\n', 'sub/b.txt': 'two\n' });
const BIG = 200 << 20;

/** Makes window.bigFile: 200 MB of numbered text, from one small Blob many times over. @param {App} app */
async function makeBigFile(app) {
  await app.page.evaluate((size) => {
    const lines = Array.from({ length: 1024 }, (_, index) => `${String(index).padStart(62, '.')}x\n`).join(
      '',
    );
    const piece = new Blob([lines]);
    Object.assign(window, { bigFile: new File(Array(size / piece.size).fill(piece), 'big.txt') });
  }, BIG);
}

/** Imports the small tree and changes one file. @param {App} app */
async function withAChange(app) {
  await app.importTree(TREE);
  await app.client('tool', 'Write', { file_path: 'a.txt', content: 'ours\n' });
  await app.changesAre(1);
}

/** The workspace is as withAChange() left it. @param {App} app */
async function asBefore(app) {
  assert.deepEqual(await app.changesAre(1), ['modified a.txt']);
  const expected = hashes(new Map([...TREE, ['a.txt', text('ours\n')]]));
  assert.deepEqual(await app.workspace(TREE.keys()), expected);
  const listed = await app.client('tool', 'Glob', { pattern: '**/*' });
  assert.deepEqual(listed.content.trim().split('\n').sort(), ['a.txt', 'sub/b.txt']);
}

/**
 * Has the page itself cancel the import that comes, or kill its worker, as soon as some of it is there: it is over
 * before a message from here would come.
 * @param {App} app
 * @param {'cancel' | 'kill'} how
 */
async function atProgress(app, how) {
  await app.page.evaluate((action) => {
    const element = (/** @type {string} */ id) =>
      /** @type {HTMLElement | null} */ (document.querySelector(`[data-testid="${id}"]`));
    const observer = new MutationObserver(() => {
      if (!/[1-9]\d* MB/.test(element('import-progress')?.textContent ?? '')) return;
      observer.disconnect();
      if (action === 'cancel') element('import-cancel')?.click();
      else /** @type {any} */ (window).umbraPage.client.worker.terminate();
    });
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  }, how);
}

for (const name of BROWSERS) {
  describe(`imports in ${name}`, () => {
    const browser = useBrowser(name);

    it('a file of 200 MB goes in, and tools read it', { timeout: 120_000 }, async (test) => {
      await onStage(browser(), {}, async ({ app }) => {
        await makeBigFile(app);
        const { result, peak, ms } = await measured(browser(), () =>
          app.page.evaluate(() => {
            const { bigFile, umbraPage } = /** @type {any} */ (window);
            return umbraPage.importFolder([bigFile, new File(['small\n'], 'small.txt')]);
          }),
        );
        test.diagnostic(
          `${name}: ${Math.round(ms)} ms, at most ${Math.round(peak / 1e6)} MB more than before`,
        );
        assert.deepEqual(result, {
          files: 2,
          bytes: BIG + 6,
          unchanged: 0,
          removed: 0,
          refreshed: false,
          conflicts: [],
          skipped: [],
        });
        assert.ok(peak < 2 * BIG, `${peak} bytes of memory for a file of ${BIG}`);
        const first = await app.client('tool', 'Read', { file_path: 'big.txt', limit: 2 });
        assert.match(first.content, /^ {5}1\t\.{61}0x\n {5}2\t\.{61}1x\n\(the file goes on/);
        const late = await app.client('tool', 'Read', { file_path: 'big.txt', offset: 3_000_000, limit: 1 });
        assert.match(late.content, /^3000000\t\.+703x\n/);
        await app.reload();
        const again = await app.client('tool', 'Read', { file_path: 'big.txt', limit: 2 });
        assert.equal(again.content, first.content);
      });
    });

    it('a cancelled import leaves the workspace as it was', { timeout: 60_000 }, async () => {
      await onStage(browser(), {}, async ({ app }) => {
        await withAChange(app);
        await makeBigFile(app);
        await app.page.evaluate(() => {
          const { bigFile, umbraPage } = /** @type {any} */ (window);
          Object.assign(window, { importing: umbraPage.importFolder([bigFile]) });
        });
        await atProgress(app, 'cancel');
        await app.click('confirm-yes');
        await app.see('import-result', '[data-ok="false"]');
        assert.match((await app.texts('import-result'))[0], /cancelled. The workspace is as it was before/);
        await asBefore(app);
        await app.reload();
        await asBefore(app);
      });
    });

    it('a worker that dies in an import leaves the workspace as it was', { timeout: 60_000 }, async () => {
      await onStage(browser(), {}, async ({ app }) => {
        await withAChange(app);
        await makeBigFile(app);
        await app.page.evaluate(() => {
          const { bigFile, umbraPage } = /** @type {any} */ (window);
          umbraPage.importFolder([bigFile]).catch(() => undefined);
        });
        await atProgress(app, 'kill');
        await app.click('confirm-yes');
        await app.see('crashed');
        await app.reopen();
        await asBefore(app);
      });
    });

    it('an unreadable file is left out with a reason', async () => {
      await onStage(browser(), {}, async ({ app }) => {
        const result = await app.page.evaluate(async () => {
          const top = await navigator.storage.getDirectory();
          const handle = await top.getFileHandle('dead.txt', { create: true });
          const stream = await handle.createWritable();
          await stream.write('soon gone');
          await stream.close();
          const file = await handle.getFile();
          await top.removeEntry('dead.txt');
          return /** @type {any} */ (window).umbraPage.importFolder([
            { path: 'good.txt', file: new File(['good\n'], 'good.txt') },
            { path: 'dead.txt', file },
          ]);
        });
        assert.equal(result.files, 1);
        assert.equal(result.skipped[0].path, 'dead.txt');
        assert.match(result.skipped[0].reason, /^cannot be read: /);
        assert.match((await app.texts('import-result'))[0], /1 entry was left out/);
        assert.deepEqual(
          [...(await app.workspace(['good.txt']))],
          [...hashes(treeOf({ 'good.txt': 'good\n' }))],
        );
      });
    });

    it('names that cannot be kept are left out with a reason', async () => {
      await onStage(browser(), {}, async ({ app }) => {
        const paths = [
          '../up.txt',
          '/abs.txt',
          'nul\0.txt',
          'n'.repeat(256),
          '',
          'ok.txt',
          'ok.txt',
          'ok.txt/below',
        ];
        const skipped = await app.page.evaluate(async (all) => {
          const { client } = /** @type {any} */ (window).umbraPage;
          const data = new Uint8Array([120]);
          return (await client.importFolder(all.map((path) => ({ path, data })))).skipped;
        }, paths);
        assert.deepEqual(skipped.length, 7, JSON.stringify(skipped));
        for (const { reason } of skipped) assert.ok(reason.length > 10, reason);
        const listed = await app.client('tool', 'Glob', { pattern: '**/*' });
        assert.equal(listed.content.trim(), 'ok.txt');
      });
    });

    it('uncommitted changes are not lost by an import without asking', async () => {
      await onStage(browser(), {}, async ({ app }) => {
        await withAChange(app);
        await writeFolder(app.page, 'other', treeOf({ 'c.txt': 'three\n' }));
        /** @param {object} options */
        const importOther = (options) =>
          app.page.evaluate(async (chosen) => {
            const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('other');
            const { client } = /** @type {any} */ (window).umbraPage;
            return client
              .importFolder(folder, chosen)
              .catch((/** @type {any} */ error) => `${error.code}: ${error.message}`);
          }, options);
        assert.match(
          await importOther({}),
          /^EEXIST: the workspace has 1 uncommitted changes?; commit or discard/,
        );
        await asBefore(app);
        // The page asks; no means no.
        const asked = app.importTree(treeOf({ 'c.txt': 'three\n' }), 'other').catch(() => undefined);
        await app.click('confirm-no');
        await asBefore(app);
        assert.deepEqual((await importOther({ discardChanges: true })).skipped, []);
        await app.changesAre(0);
        assert.equal((await app.client('tool', 'Glob', { pattern: '**/*' })).content.trim(), 'c.txt');
        await asked;
      });
    });

    it('a folder that cannot be read is refused whole', async () => {
      await onStage(browser(), {}, async ({ app }) => {
        await withAChange(app);
        const problem = app.page.evaluate(async () => {
          const top = await navigator.storage.getDirectory();
          const folder = await top.getDirectoryHandle('gone', { create: true });
          await top.removeEntry('gone');
          return /** @type {any} */ (window).umbraPage
            .importFolder(folder)
            .catch((/** @type {any} */ error) => `${error.code}: ${error.message}`);
        });
        await app.click('confirm-yes');
        assert.match(await problem, /^EACCES: the folder cannot be read/);
        assert.match(
          (await app.texts('import-result'))[0],
          /not allowed to read that folder. Nothing was changed/,
        );
        await asBefore(app);
      });
    });

    it('a picker that is closed or refused changes nothing', async () => {
      await onStage(browser(), {}, async ({ app }) => {
        const refuse = (/** @type {string} */ kind) =>
          app.page.evaluate((error) => {
            Object.assign(window, {
              showDirectoryPicker: () => Promise.reject(new DOMException('no', error)),
            });
          }, kind);
        await refuse('AbortError');
        await app.click('import');
        await refuse('NotAllowedError');
        await app.click('import');
        await app.see('import-result', '[data-ok="false"]');
        assert.match(
          (await app.texts('import-result'))[0],
          /not allowed to read that folder. Nothing was changed/,
        );
        await withAChange(app);
        await app.click('import');
        await app.see('import-result', '[data-ok="false"]');
        await asBefore(app);
        assert.deepEqual(hashes(await readFolder(app.page)), hashes(TREE));
      });
    });
  });
}
