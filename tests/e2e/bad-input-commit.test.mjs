/** Commits that meet another truth in the real folder, or a user who says no: told, and nothing is overwritten. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hashes, readFolder, removeFile, writeFolder } from './support/folder.mjs';
import { BROWSERS, onStage, useBrowser } from './support/stage.mjs';
import { text, treeOf } from './support/trees.mjs';

/** @typedef {import('./support/app.mjs').App} App */

const FILES = {
  'changed.txt': 'base\n',
  'gone.txt': 'base\n',
  'good.txt': 'base\n',
  'sub/deep.txt': 'base\n',
};

/** @param {App} app @param {string[]} paths */
async function write(app, paths) {
  for (const path of paths) {
    const { isError } = await app.client('tool', 'Write', { file_path: path, content: 'ours\n' });
    assert.equal(isError, false, path);
  }
  await app.changesAre(paths.length);
}

for (const name of BROWSERS) {
  describe(`commits that fail in ${name}`, () => {
    const browser = useBrowser(name);

    it('conflicts are reported and left alone, the others are committed', async () => {
      await onStage(browser(), {}, async ({ app }) => {
        await app.importTree(treeOf(FILES));
        await write(app, [...Object.keys(FILES), 'appeared.txt', 'new.txt', 'folder.txt']);
        const theirs = treeOf({
          'changed.txt': 'them',
          'appeared.txt': 'theirs\n',
          'folder.txt/x': 'theirs\n',
        });
        await writeFolder(app.page, 'real', theirs);
        await removeFile(app.page, 'gone.txt');
        await app.click('commit');
        await app.see('commit-result', '[data-ok="false"]');
        const [told] = await app.texts('commit-result');
        assert.match(told, /Committed 3 files/);
        assert.match(told, /4 files changed on disk since the import and were left alone/);
        assert.match(told, /changed\.txt it was changed in the real folder since the import/);
        assert.match(told, /gone\.txt it is gone from the real folder/);
        assert.match(told, /appeared\.txt a file with this name has appeared/);
        assert.match(told, /folder\.txt a folder has this name/);
        const left = ['added appeared.txt', 'added folder.txt', 'modified changed.txt', 'modified gone.txt'];
        assert.deepEqual(await app.changesAre(4), left);
        const ours = treeOf({ 'good.txt': 'ours\n', 'sub/deep.txt': 'ours\n', 'new.txt': 'ours\n' });
        assert.deepEqual(hashes(await readFolder(app.page)), hashes(new Map([...theirs, ...ours])));
      });
    });

    it('a file that is already as wanted counts as committed', async () => {
      await onStage(browser(), {}, async ({ app }) => {
        await app.importTree(treeOf(FILES));
        await write(app, ['good.txt']);
        await writeFolder(app.page, 'real', new Map([['good.txt', text('ours\n')]]));
        await app.click('commit');
        await app.see('commit-result', '[data-ok="true"]');
        await app.changesAre(0);
      });
    });

    it('a refused permission changes nothing, and a later commit works', async () => {
      await onStage(browser(), {}, async ({ app }) => {
        const tree = treeOf(FILES);
        await writeFolder(app.page, 'real', tree);
        await app.page.evaluate(async () => {
          const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('real');
          Object.assign(window, { realFolder: folder });
          // The browser's own question cannot be answered by a test.
          Object.assign(folder, { requestPermission: async () => 'denied' });
          return /** @type {any} */ (window).umbraPage.importFolder(folder);
        });
        await write(app, ['good.txt']);
        await app.click('commit');
        await app.see('commit-result', '[data-ok="false"]');
        assert.match(
          (await app.texts('commit-result'))[0],
          /Writing to "real" was not allowed; nothing was changed/,
        );
        assert.deepEqual(hashes(await readFolder(app.page)), hashes(tree));
        await app.changesAre(1);
        await app.page.evaluate(() => {
          /** @type {any} */ (window).realFolder.requestPermission = async () => 'granted';
        });
        await app.click('commit');
        await app.see('commit-result', '[data-ok="true"]');
        await app.changesAre(0);
      });
    });

    it('a real folder that is gone is told', async () => {
      await onStage(browser(), {}, async ({ app }) => {
        await app.importTree(treeOf(FILES));
        await write(app, ['good.txt', 'new.txt']);
        await app.page.evaluate(async () =>
          (await navigator.storage.getDirectory()).removeEntry('real', { recursive: true }),
        );
        await app.click('commit');
        await app.see('commit-result', '[data-ok="false"]');
        assert.match((await app.texts('commit-result'))[0], /No file was written/);
        await app.changesAre(2);
      });
    });
  });
}
