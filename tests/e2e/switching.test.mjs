/** The page's workspaces: each with its own files and words, in the address, opened and deleted from a list. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { App } from './support/app.mjs';
import { hashes } from './support/folder.mjs';
import { say, use } from './support/model.mjs';
import { BROWSERS, onStage, useBrowser } from './support/stage.mjs';
import { treeOf } from './support/trees.mjs';
import { until } from './support/until.mjs';

const ONE = treeOf({ 'a.txt': 'one\n' });
const TWO = treeOf({ 'a.txt': 'two\n', 'b.txt': 'two\n' });
const SCRIPT = {
  First: [[say('In the first.')]],
  Second: [[use('Write', { file_path: 'a.txt', content: 'changed\n' })], [say('In the second.')]],
};

/** The list, as "name facts". @param {App} app */
async function rows(app) {
  await app.see('workspace-row');
  return app.texts('workspace-row');
}

/** @param {App} app @param {string} name */
async function create(app, name) {
  await app.click('workspaces');
  await app.fill('workspace-new', name);
  await app.page.keyboard.press('Enter');
  await app.gone('workspace-new');
  await app.see('start-empty');
}

for (const name of BROWSERS) {
  describe(`workspaces of the page in ${name}`, () => {
    const browser = useBrowser(name);

    it('are switched with their conversation, files, folder and draft, and by the address', async () => {
      await onStage(browser(), SCRIPT, async ({ app }) => {
        await app.importTree(ONE, 'first');
        await app.turn('First');
        await app.fill('prompt', 'a draft of the first');
        await create(app, 'second');
        assert.match(app.page.url(), /[?]workspace=second$/);
        assert.equal(await app.count('assistant-text'), 0);
        await app.importTree(TWO, 'second-folder');
        assert.equal(await app.page.title(), 'second-folder – Umbra');
        await app.ask('Second');
        await app.click('permission-allow');
        await app.says('assistant-text', 'In the second.');
        await app.changesAre(1);

        await app.click('workspaces');
        const [first, second] = await rows(app);
        assert.match(first, /^default\s[^]*last written \d/);
        assert.match(second, /^second\s[^]*shown here/);
        await app.click('workspace-open', '[aria-label="Open default"]');
        await app.says('assistant-text', 'In the first.');
        assert.doesNotMatch(app.page.url(), /workspace=/);
        await app.changesAre(0);
        assert.deepEqual(await app.workspace(ONE.keys()), hashes(ONE));
        const draft = await app.page.$eval('[data-testid="prompt"]', (one) => /** @type {any} */ (one).value);
        assert.equal(draft, 'a draft of the first');

        await app.page.goBack();
        await app.says('assistant-text', 'In the second.');
        await app.reload();
        await app.says('assistant-text', 'In the second.');
        assert.equal(await app.page.title(), 'second-folder – Umbra');
        assert.equal(await app.client('canCommit'), true);
      });
    });

    it('are deleted after a question that says what is lost', async () => {
      await onStage(browser(), SCRIPT, async ({ app, proxy, later }) => {
        await app.importTree(ONE, 'first');
        await create(app, 'second');
        await app.importTree(TWO, 'second-folder');
        await app.ask('Second');
        await app.click('permission-allow');
        await app.changesAre(1);
        await app.idle();

        const other = await App.open(browser(), `${proxy.origin}/?workspace=third`);
        later(() => other.close());
        await other.importTree(ONE, 'third');
        await app.page.bringToFront();

        await app.click('workspaces');
        await app.click('workspace-delete', '[aria-label="Delete third"]');
        await app.says('confirm-yes', 'Delete for good');
        const ask = () => app.page.$eval('dialog.confirm', (one) => one.textContent ?? '');
        assert.match(await ask(), /not committed are lost\. It is open in another tab and is closed there/);
        await app.click('confirm-no');
        assert.equal((await rows(app)).length, 3);
        await app.click('workspace-delete', '[aria-label="Delete third"]');
        await app.click('confirm-yes');
        await app.gone('workspace-row', '[data-name="third"]');
        await other.page.bringToFront();
        await other.see('taken');
        assert.match((await other.texts('taken'))[0], /was deleted in another tab/);
        await other.click('take-back');
        await until(other.page, () => /** @type {any} */ (window).umbraPage.client?.info.files === 0);

        await app.page.bringToFront();
        // The one that is shown: an empty one takes its place.
        await app.click('workspace-delete', '[aria-label="Delete second"]');
        await app.says('confirm-yes', 'Delete for good');
        assert.match(await ask(), /1 uncommitted change is lost\. Your real folder is not touched/);
        await app.click('confirm-yes');
        await app.gone('workspace-row', '[data-name="second"]');
        await app.click('workspaces-close');
        await until(
          app.page,
          () => /** @type {any} */ (window).umbraPage.client?.info.workspace === 'default',
        );
        assert.doesNotMatch(app.page.url(), /workspace=/);
        assert.deepEqual(await app.workspace(ONE.keys()), hashes(ONE));
        await app.page.goto(`${proxy.origin}/?workspace=second`);
        await app.see('start-empty');
        assert.deepEqual(await app.texts('notice'), []);
      });
    });

    it('a name that cannot be one is refused, and the way to another is open', async () => {
      await onStage(browser(), SCRIPT, async ({ app, proxy }) => {
        await app.page.goto(`${proxy.origin}/?workspace=..%2Fevil`);
        await app.see('gate', '[data-phase="failed"]');
        assert.match((await app.texts('gate'))[0], /"\.\.\/evil" cannot name a workspace/);
        await app.click('other-workspace');
        await app.fill('workspace-new', 'not/this');
        await app.page.keyboard.press('Enter');
        assert.equal(await app.count('workspace-new', ':invalid'), 1);
        await app.fill('workspace-new', 'this');
        await app.page.keyboard.press('Enter');
        await app.see('start-empty');
      });
    });
  });
}
