/** Two tabs on one workspace: the second says so and can take it over; the first saves all, says so, and can have it back. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { App } from './support/app.mjs';
import { hashes } from './support/folder.mjs';
import { held, say, use } from './support/model.mjs';
import { BROWSERS, onStage, useBrowser } from './support/stage.mjs';
import { text, treeOf } from './support/trees.mjs';

const TREE = treeOf({ 'a.txt': 'one\n' });
const TREE_AFTER = new Map([...TREE, ['a.txt', text('two\n')]]);
const WRITE = use('Write', { file_path: 'a.txt', content: 'two\n' });

/** What stands in the composer. @param {App} app */
const draft = (app) =>
  app.page.$eval('[data-testid="prompt"]', (one) => /** @type {HTMLTextAreaElement} */ (one).value);

/** What the page says on the console besides nothing. @param {import('puppeteer-core').Page} page */
function watch(page) {
  const complaints = /** @type {string[]} */ ([]);
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${/** @type {Error} */ (error).message}`));
  return complaints;
}

for (const name of BROWSERS) {
  describe(`a second tab in ${name}`, () => {
    const browser = useBrowser(name);
    it('is told who holds the workspace, and gets it when the first tab is closed', async () => {
      const script = { One: [[say('In the first tab.')]], Two: [[say('In the second tab.')]] };
      await onStage(browser(), script, async ({ app, proxy, later }) => {
        await app.importTree(TREE);
        await app.turn('One');
        const second = await App.open(browser(), `${proxy.origin}/`);
        later(() => second.close());
        await second.see('gate', '[data-phase="held"]');
        assert.match(
          (await second.texts('gate'))[0],
          /open in another tab[^]*“default” has been open there since \d/,
        );
        // The first is not disturbed.
        assert.deepEqual(await app.workspace(TREE.keys()), hashes(TREE));
        await app.page.goto('about:blank');
        await second.click('open-retry');
        await second.says('assistant-text', 'In the first tab.');
        await second.turn('Two');
        await second.says('assistant-text', 'In the second tab.');
        assert.deepEqual(await second.workspace(TREE.keys()), hashes(TREE));
      });
    });

    it('takes over in the middle of a turn; the first has it back, and nothing typed is lost', async () => {
      const endless = held([say('These words came before. These did not.'), WRITE], 6);
      const script = {
        Write: [[WRITE], [say('Written.')]],
        Talk: [endless.answer],
        Two: [[say('In the second tab.')]],
        Back: [[say('Back in the first tab.')]],
      };
      await onStage(browser(), script, async ({ app, proxy, model, later }) => {
        const complaints = watch(app.page);
        await app.importTree(TREE);
        await app.ask('Write');
        await app.click('permission-allow');
        await app.idle();
        await app.ask('Talk');
        await app.says('assistant-text', 'These words');
        await app.fill('prompt', 'Typed while it ran');

        const second = await App.open(browser(), `${proxy.origin}/`);
        later(() => second.close());
        complaints.push(...watch(second.page));
        await second.click('take-over');
        await second.says('assistant-text', 'These words');
        await second.see('turn-note', '[data-reason="cancelled"]');
        await endless.closed;
        assert.deepEqual(await second.changesAre(1), ['modified a.txt']);
        assert.deepEqual(await second.workspace(TREE.keys()), hashes(TREE_AFTER));
        await second.turn('Two');

        await app.page.bringToFront();
        await app.see('taken');
        assert.match(
          (await app.texts('taken'))[0],
          /Another tab has taken this workspace over. Everything is saved/,
        );
        await app.says('assistant-text', 'These words');
        assert.equal(await app.count('stop'), 0);
        assert.equal(await draft(app), 'Typed while it ran');
        await app.page.focus('[data-testid="prompt"]');
        await app.page.keyboard.press('Enter');
        assert.equal(await draft(app), 'Typed while it ran', 'it is not sent, and stays');

        // By keyboard alone.
        await app.page.focus('[data-testid="take-back"]');
        await app.page.keyboard.press('Enter');
        await app.says('assistant-text', 'In the second tab.');
        assert.equal(await app.count('taken'), 0);
        assert.equal(await draft(app), 'Typed while it ran');
        await second.see('taken');
        await app.turn('Back');
        await app.says('assistant-text', 'Back in the first tab.');
        assert.equal(model.requests.length, 5);
        assert.deepEqual(await app.texts('notice'), []);
        assert.deepEqual(complaints, []);
      });
    });
  });
}
