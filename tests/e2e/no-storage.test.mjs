/** Private windows of Firefox: no OPFS, perhaps no IndexedDB. All works, and the page says what is lost and when. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unzipSync } from 'fflate';
import { takeDownload } from './support/downloads.mjs';
import { hashes } from './support/folder.mjs';
import { say, use } from './support/model.mjs';
import { BROWSERS, onStage, useBrowser } from './support/stage.mjs';
import { hostileTree, text, treeOf } from './support/trees.mjs';

const PRIVATE = { 'browser.privatebrowsing.autostart': true };
const TREE = new Map([...hostileTree(), ...treeOf({ 'a.txt': 'one\n' })]);
const SCRIPT = {
  Work: [[say('I write.'), use('Write', { file_path: 'a.txt', content: 'two\n' })], [say('Done.')]],
  'With my key': [[say('The key came.')]],
};
const OWN_KEY = 'sk-ant-brought-by-the-user';

/** @param {import('./support/app.mjs').App} app @param {string} downloads */
async function wholeJob(app, downloads) {
  await app.see('storage');
  assert.equal((await app.texts('storage'))[0], 'In memory');
  await app.says('notice', 'the workspace is kept in memory and is lost when the page is closed or reloaded');
  assert.equal((await app.importFiles(TREE, 'project')).files, TREE.size);
  await app.ask('Work');
  await app.see('permission');
  await app.click('permission-allow');
  await app.says('assistant-text', 'Done.');
  await app.changesAre(1);
  assert.deepEqual(await app.diffLines('a.txt'), ['removed one', 'added two']);
  assert.deepEqual(await app.workspace(TREE.keys()), hashes(new Map([...TREE, ['a.txt', text('two\n')]])));
  assert.equal(await app.count('commit'), 0);
  await app.click('zip');
  const entries = unzipSync(await takeDownload(downloads, 'project-changes.zip'));
  assert.deepEqual(Object.keys(entries), ['a.txt']);
}

/** Keeps a key by hand; what the dialog says about where it is. @param {import('./support/app.mjs').App} app */
async function keepKey(app) {
  await app.click('settings');
  await app.see('key');
  const words = await app.page.$eval('.setting', (one) => one.textContent ?? '');
  await app.fill('key', OWN_KEY);
  await app.click('key-save');
  await app.see('key-kept');
  await app.click('settings-close');
  return words;
}

if (BROWSERS.includes('firefox')) {
  describe('a private window of firefox', () => {
    const browser = useBrowser('firefox', { firefoxPrefs: PRIVATE });
    it('has no OPFS: the job is done in memory, the vault is as ever', async () => {
      let key = 'sk-ant-test-of-the-proxy';
      await onStage(
        browser(),
        SCRIPT,
        async ({ app }) => {
          await wholeJob(app, browser.downloads());
          assert.match(await keepKey(app), /encrypted under a key that no script can read out/);
          assert.equal(
            await app.page.evaluate(() => /** @type {any} */ (window).umbraPage.client.info.vault),
            'indexeddb',
          );
          key = OWN_KEY;
          await app.turn('With my key');
          await app.says('assistant-text', 'The key came.');
          await app.reload();
          assert.equal(await app.count('pair-banner'), 0, 'the session is in the vault');
          assert.deepEqual(await app.client('keys'), ['anthropic']);
          assert.deepEqual(await app.client('history'), [], 'the workspace was in memory');
        },
        { proxy: { args: ['--allow-byo-keys'] }, key: () => key },
      );
    });
  });

  describe('a private window of firefox without IndexedDB', () => {
    const firefoxPrefs = { ...PRIVATE, 'dom.indexedDB.privateBrowsing.enabled': false };
    const browser = useBrowser('firefox', { firefoxPrefs });
    it('keeps keys in memory and says so', async () => {
      let key = 'sk-ant-test-of-the-proxy';
      await onStage(
        browser(),
        SCRIPT,
        async ({ app }) => {
          await app.says(
            'notice',
            'keys that you enter are kept in memory and are gone when the page is closed',
          );
          await wholeJob(app, browser.downloads());
          assert.match(await keepKey(app), /kept in memory only and forgotten when this tab closes/);
          key = OWN_KEY;
          await app.turn('With my key');
          await app.says('assistant-text', 'The key came.');
          await app.reload();
          assert.deepEqual(await app.client('keys'), []);
          await app.see('pair-banner', '[data-state="unpaired"]');
        },
        { proxy: { args: ['--allow-byo-keys'] }, key: () => key },
      );
    });
  });
}
