/** Choosing hunks of a change: with the keyboard, committed, discarded, and never committed when they are outdated. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readFolder } from './support/folder.mjs';
import { BROWSERS, onStage, useBrowser } from './support/stage.mjs';
import { text, treeOf } from './support/trees.mjs';
import { until } from './support/until.mjs';

/** @typedef {import('./support/app.mjs').App} App */

/** Lines 1 to 40, some of them with a word before them. @param {number[]} changed */
const numbers = (changed) =>
  Array.from({ length: 40 }, (_, i) => `${changed.includes(i + 1) ? 'new ' : ''}${i + 1}\n`).join('');

/** Three hunks: lines 5, 20 and 35. @param {App} app */
async function threeHunks(app) {
  await app.importTree(treeOf({ 'n.txt': numbers([]), 'other.txt': 'o\n' }));
  await app.client('tool', 'Write', { file_path: 'n.txt', content: numbers([5, 20, 35]) });
  await app.changesAre(1);
  await app.diffLines('n.txt');
  assert.equal(await app.count('hunk'), 3);
}

/** Presses the space bar on a hunk's box. @param {App} app @param {number} index */
async function toggle(app, index) {
  const box = await app.see('hunk', `[data-index="${index}"] [data-testid="hunk-accept"]`);
  await box.focus();
  await app.page.keyboard.press(' ');
}

/** The file's own box: "checked", "partly" or "empty". @param {App} app */
const fileBox = (app) =>
  app.page.$eval('[data-testid="change-accept"]', (one) => {
    const { checked, indeterminate } = /** @type {HTMLInputElement} */ (one);
    return indeterminate ? 'partly' : checked ? 'checked' : 'empty';
  });

/** The workspace's version. @param {App} app */
const head = (app) =>
  app.page.evaluate(async () => {
    const { client } = /** @type {any} */ (window).umbraPage;
    return new TextDecoder().decode(await client.readFile('n.txt'));
  });

/** @param {App} app */
const realFile = async (app) => new TextDecoder().decode((await readFolder(app.page)).get('n.txt'));

for (const name of BROWSERS) {
  describe(`hunks in ${name}`, () => {
    const browser = useBrowser(name);

    it('are chosen with the keyboard and committed, the others stay', async () => {
      await onStage(browser(), {}, async ({ app }) => {
        await threeHunks(app);
        assert.equal(await fileBox(app), 'checked');
        await toggle(app, 2);
        await app.see('hunk', '[data-index="2"][data-accepted="false"]');
        assert.equal(await fileBox(app), 'partly');
        await app.click('commit');
        await app.see('commit-result', '[data-ok="true"]');
        assert.equal(await realFile(app), numbers([5, 35]));
        await until(app.page, () => document.querySelectorAll('[data-testid="hunk"]').length === 1);
        assert.deepEqual(await app.changesAre(1), ['modified n.txt']);
        // What was left out is not accepted unasked.
        assert.equal(await fileBox(app), 'empty');
        assert.equal(await head(app), numbers([5, 20, 35]));
      });
    });

    it('all boxes of a file make its own box, and the reverse', async () => {
      await onStage(browser(), {}, async ({ app }) => {
        await threeHunks(app);
        for (const index of [1, 2, 3]) await toggle(app, index);
        await app.see('change-row', '[data-accepted="false"]');
        assert.equal(await fileBox(app), 'empty');
        await toggle(app, 3);
        await app.see('change-row', '[data-part="true"]');
        await app.click('change-accept');
        await app.see('change-row', '[data-part="false"]');
        assert.equal(await app.count('hunk', '[data-accepted="true"]'), 3);
      });
    });

    it('one is discarded, what was chosen of the others stays chosen', async () => {
      await onStage(browser(), {}, async ({ app }) => {
        await threeHunks(app);
        await toggle(app, 3);
        await app.click('hunk', '[data-index="1"] [data-testid="hunk-discard"]');
        await app.click('confirm-yes');
        await until(app.page, () => document.querySelectorAll('[data-testid="hunk"]').length === 2);
        assert.equal(await app.count('hunk', '[data-index="2"][data-accepted="false"]'), 1);
        assert.equal(await fileBox(app), 'partly');
        assert.equal(await head(app), numbers([20, 35]));
        await app.click('commit');
        await app.see('commit-result', '[data-ok="true"]');
        assert.equal(await realFile(app), numbers([20]));
      });
    });

    it('a choice is void when the file has moved on', async () => {
      await onStage(browser(), {}, async ({ app }) => {
        await threeHunks(app);
        const { id } = await app.client('diff', 'n.txt');
        await toggle(app, 2);
        await app.client('tool', 'Write', { file_path: 'n.txt', content: numbers([6, 20, 35]) });
        await app.see('change-row', '[data-accepted="false"][data-part="false"]');
        const reason = await app.page.evaluate(
          async (selection) => {
            const { umbraPage: page } = /** @type {any} */ (window);
            return page.client.discard([selection]).then(String, String);
          },
          { path: 'n.txt', hunks: [1], id },
        );
        assert.match(reason, /has changed since its diff was made/);
        assert.equal(await head(app), numbers([6, 20, 35]));
      });
    });

    it('the client gives patches and what a choice would write', async () => {
      await onStage(browser(), {}, async ({ app }) => {
        await threeHunks(app);
        const { id } = await app.client('diff', 'n.txt');
        const [patch, part] = await app.page.evaluate(
          async (version) => {
            const { client } = /** @type {any} */ (window).umbraPage;
            const words = new TextDecoder();
            return [
              words.decode(await client.patch()),
              words.decode(await client.readFile('n.txt', version)),
            ];
          },
          { hunks: [3], id },
        );
        assert.match(
          patch,
          /^diff --git a\/n\.txt b\/n\.txt\n--- a\/n\.txt\n\+\+\+ b\/n\.txt\n@@ -2,7 \+2,7 @@\n/,
        );
        assert.equal(part, numbers([35]));
        assert.deepEqual(
          await readFolder(app.page),
          new Map([
            ['n.txt', text(numbers([]))],
            ['other.txt', text('o\n')],
          ]),
        );
      });
    });
  });
}
