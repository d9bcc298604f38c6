/** Going back: from the conversation, from the history, and in the real folder after a commit. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readFolder, writeFolder } from './support/folder.mjs';
import { say, use } from './support/model.mjs';
import { BROWSERS, onStage, useBrowser } from './support/stage.mjs';
import { treeOf } from './support/trees.mjs';
import { until } from './support/until.mjs';

/** @typedef {import('./support/app.mjs').App} App */

const PROMPT = 'Write two files';
const SCRIPT = () => ({
  [PROMPT]: [
    [use('Write', { file_path: 'a.txt', content: 'first\n' })],
    [
      use('Write', { file_path: 'a.txt', content: 'second\n' }),
      use('Write', { file_path: 'b.txt', content: 'b\n' }),
    ],
    [say('Written.')],
  ],
});

/** @param {App} app @param {string} path */
const head = (app, path) =>
  app.page.evaluate(async (name) => {
    const { client } = /** @type {any} */ (window).umbraPage;
    return new TextDecoder().decode(await client.readFile(name));
  }, path);

/** @param {App} app */
async function real(app) {
  const files = await readFolder(app.page);
  return Object.fromEntries(
    [...files].sort().map(([path, bytes]) => [path, new TextDecoder().decode(bytes)]),
  );
}

/** Runs in the page, while the commit does: a file that is replaced as it is read cannot be, for that moment. */
async function committed() {
  const top = await (await navigator.storage.getDirectory()).getDirectoryHandle('real');
  try {
    const file = await (await top.getFileHandle('f1.txt')).getFile();
    return (await file.text()).startsWith('new');
  } catch (error) {
    if (error instanceof DOMException) return false;
    throw error;
  }
}

/** @param {App} app */
async function openHistory(app) {
  await app.click('history');
  await app.see('history-row');
}

/** The agent has written a.txt twice and b.txt once. @param {App} app */
async function written(app) {
  await app.importTree(treeOf({ 'a.txt': 'imported\n', 'c.txt': 'c\n' }));
  await app.ask(PROMPT);
  await app.click('permission-allow-session');
  await app.idle();
  await app.changesAre(2);
}

for (const name of BROWSERS) {
  describe(`history in ${name}`, () => {
    const browser = useBrowser(name);

    it('a call of the conversation is gone back to, and forth again', async () => {
      await onStage(browser(), SCRIPT(), async ({ app }) => {
        await written(app);
        assert.equal(await app.count('tool-rewind'), 3);
        const cards = await app.page.$$('[data-testid="tool-rewind"]');
        // With the keyboard: before the second write, when a.txt was "first" and there was no b.txt.
        await cards[1].focus();
        await app.page.keyboard.press('Enter');
        await app.see('confirm-yes');
        const question = await app.page.$eval('dialog[open]', (one) => one.textContent ?? '');
        assert.match(question, /Rewind to before Write a\.txt\?.*2 files become what they were then/);
        await app.page.keyboard.press('Escape');
        await app.gone('confirm-yes');
        assert.equal(await head(app, 'a.txt'), 'second\n');
        await app.click('tool-rewind', `[aria-label="Rewind to before Write b.txt"]`);
        await app.click('confirm-yes');
        await app.says('notice', 'is what it was before Write b.txt: 1 file changed');
        assert.deepEqual(await app.changesAre(1), ['modified a.txt']);
        await app.click('undo-rewind');
        await app.says('notice', 'again what it was before the rewinding');
        assert.deepEqual(await app.changesAre(2), ['added b.txt', 'modified a.txt']);
        assert.equal(await head(app, 'b.txt'), 'b\n');
        assert.deepEqual(await real(app), { 'a.txt': 'imported\n', 'c.txt': 'c\n' });

        // The buttons are there after a reload, too; what was dropped has none.
        const [first] = await app.client('checkpoints');
        await app.client('dropCheckpoint', first.checkpoint);
        await app.reload();
        await app.see('tool-rewind');
        await until(app.page, () => document.querySelectorAll('[data-testid="tool-rewind"]').length === 2);
      });
    });

    it('states get names, are shown, rewound to and dropped', async () => {
      await onStage(browser(), SCRIPT(), async ({ app }) => {
        await written(app);
        await openHistory(app);
        assert.equal(await app.count('history-row', '[data-kind="automatic"]'), 3);
        await app.fill('history-name', 'before lunch');
        await app.page.keyboard.press('Enter');
        await app.see('history-row', '[data-kind="named"]');
        await app.click('history-row', '[data-kind="named"] [data-testid="history-open"]');
        await app.says('history-files', 'The workspace is the same now.');
        const oldest = '[data-kind="automatic"]:last-child';
        await app.click('history-row', `${oldest} [data-testid="history-open"]`);
        await app.says('history-files', 'a.txt changes');
        await app.says('history-files', 'b.txt goes');
        await app.click('history-row', `${oldest} [data-testid="history-rewind"]`);
        await app.click('confirm-yes');
        await app.changesAre(0);
        assert.equal(await head(app, 'a.txt'), 'imported\n');
        await openHistory(app);
        await app.click(
          'history-row',
          '[data-kind="named"]:has(.history-title) [aria-label="Rewind to “before lunch”"]',
        );
        await app.click('confirm-yes');
        assert.deepEqual(await app.changesAre(2), ['added b.txt', 'modified a.txt']);
        await openHistory(app);
        await app.click('history-row', '[data-kind="named"] [aria-label="Drop before lunch"]');
        await app.click('confirm-yes');
        await app.gone('history-row', '[data-kind="named"] [aria-label="Drop before lunch"]');
        const named = (await app.client('checkpoints')).filter(
          (/** @type {any} */ one) => one.name === 'before lunch',
        );
        assert.deepEqual(named, []);
        await app.click('history-close');
        await app.click('settings');
        await app.click('check');
        await app.see('check-result', '[data-ok="true"]');
        await app.says('check-result', 'Everything is whole');
      });
    });

    it('a commit is undone at once, or later from the history; a conflict is left alone', async () => {
      await onStage(browser(), SCRIPT(), async ({ app }) => {
        await written(app);
        await app.click('commit');
        await app.see('commit-result', '[data-kind="commit"][data-ok="true"]');
        assert.deepEqual(await real(app), { 'a.txt': 'second\n', 'b.txt': 'b\n', 'c.txt': 'c\n' });
        await app.click('commit-undo');
        await app.see('commit-result', '[data-kind="undo"][data-ok="true"]');
        assert.deepEqual(await real(app), { 'a.txt': 'imported\n', 'c.txt': 'c\n' });
        assert.deepEqual(await app.changesAre(2), ['added b.txt', 'modified a.txt']);

        await app.click('commit');
        await app.see('commit-result', '[data-kind="commit"][data-ok="true"]');
        await app.changesAre(0);
        await writeFolder(app.page, 'real', treeOf({ 'a.txt': 'theirs\n' }));
        await app.reload();
        await openHistory(app);
        assert.deepEqual(await app.texts('history-row', '[data-kind="commit"] .history-title'), [
          'Commit of 2 files',
          'Commit of 2 files',
        ]);
        await app.click('history-undo');
        await app.click('confirm-yes');
        await app.see('commit-result', '[data-kind="undo"][data-ok="false"]');
        await app.says('commit-result', '1 file changed on disk since the commit and was left alone');
        assert.deepEqual(await real(app), { 'a.txt': 'theirs\n', 'c.txt': 'c\n' });
        assert.deepEqual(await app.changesAre(1), ['added b.txt']);
        await openHistory(app);
        await app.says('history-row', '1 file of 2 undone');
        await app.click('history-row', '[data-kind="commit"] [data-testid="history-forget"]');
        await app.click('confirm-yes');
        await until(
          app.page,
          () => document.querySelectorAll('[data-kind="commit"] .history-title').length === 1,
        );
      });
    });

    it('a worker that is killed in a commit can undo it after', async () => {
      await onStage(browser(), {}, async ({ app }) => {
        const names = Array.from({ length: 60 }, (_, i) => `f${i}.txt`);
        const before = Object.fromEntries(names.map((file) => [file, `${file}\n`]));
        await app.importTree(treeOf(before));
        for (const file of names)
          await app.client('tool', 'Write', { file_path: file, content: `new ${file}\n` });
        await app.changesAre(names.length);
        await app.click('commit');
        await until(app.page, committed);
        await app.killWorker();
        await app.reopen();
        await openHistory(app);
        await app.says('history-row', 'was cut off');
        await app.click('history-undo');
        await app.click('confirm-yes');
        await app.see('commit-result', '[data-kind="undo"][data-ok="true"]');
        assert.deepEqual(await real(app), before);
        await app.changesAre(names.length);
      });
    });
  });
}
