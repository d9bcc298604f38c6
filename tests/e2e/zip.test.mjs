/** Taking changes home as a ZIP, where the browser cannot write the folder: exactly the changed bytes are in it. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { unzipSync } from 'fflate';
import { zipChanges } from '../../browser/worker/zip.js';
import { takeDownload } from './support/downloads.mjs';
import { hashes } from './support/folder.mjs';
import { say, use } from './support/model.mjs';
import { BROWSERS, onStage, useBrowser } from './support/stage.mjs';
import { BARE_NAME, CRLF_NAME, LONG_NAME, hostileTree, text } from './support/trees.mjs';

/** @typedef {import('./support/app.mjs').App} App */
/** @typedef {import('./support/folder.mjs').Tree} Tree */

const NEW_NAME = 'brand new/Gr\u00fc\u00dfe \u{1f30d}.md';
/** More than one piece of the ZIP writer. */
const LARGE = `${'0123456789abcdef'.repeat(4)}\n`.repeat(100_000);

const SCRIPT = {
  Change: [
    [
      use('Edit', { file_path: CRLF_NAME, old_string: 'two', new_string: 'zwei' }),
      use('Edit', { file_path: `odd/${LONG_NAME}`, old_string: 'long', new_string: 'l\u00e4nger' }),
      use('Write', { file_path: NEW_NAME, content: 'hello' }),
      use('Edit', { file_path: BARE_NAME, old_string: 'last', new_string: 'very last' }),
    ],
    [say('Changed.')],
  ],
};

/** @type {Tree} */
const ACCEPTED = new Map([
  [CRLF_NAME, text('one\r\nzwei\r\nthree\r\n')],
  [`odd/${LONG_NAME}`, text('l\u00e4nger\n')],
  [NEW_NAME, text('hello')],
  ['large.txt', text(LARGE)],
]);

/** Writes a tree to the disk, in a folder with this name. @param {Tree} tree @param {string} name */
async function onDisk(tree, name) {
  const top = await mkdtemp(path.join(os.tmpdir(), 'umbra-folder-'));
  for (const [file, bytes] of tree) {
    await mkdir(path.join(top, name, path.dirname(file)), { recursive: true });
    await writeFile(path.join(top, name, file), bytes);
  }
  return { folder: path.join(top, name), remove: () => rm(top, { recursive: true }) };
}

/**
 * Chooses a folder in the page's input. Firefox lets no test do that: there the files come as the input would give them.
 * @param {App} app @param {string} name @param {string} folder @param {Tree} tree
 */
async function choose(app, name, folder, tree) {
  if (name === 'firefox') {
    await app.importFiles(tree, path.basename(folder));
    return;
  }
  const input = await app.page.$('input[data-testid="import-input"]');
  await /** @type {import('puppeteer-core').ElementHandle<HTMLInputElement>} */ (input).uploadFile(folder);
}

for (const name of BROWSERS) {
  describe(`the ZIP in ${name}`, () => {
    const browser = useBrowser(name);
    it('a folder from an input is imported whole, and its changes come as a ZIP', async () => {
      const tree = hostileTree();
      const { folder, remove } = await onDisk(tree, 'my project');
      await onStage(browser(), SCRIPT, async ({ app, later }) => {
        later(remove);
        await choose(app, name, folder, tree);
        await app.see('import-result', '[data-ok="true"]');
        assert.match((await app.texts('import-result'))[0], /from my project\. Nothing was left out/);
        assert.deepEqual(await app.workspace(tree.keys()), hashes(tree));
        await app.ask('Change');
        for (const tool of ['Edit', 'Write']) {
          await app.see('tool-card', `[data-tool="${tool}"][data-state="waiting"]`);
          await app.click('permission-allow-session');
        }
        await app.says('assistant-text', 'Changed.');
        await app.idle();
        await app.client('tool', 'Write', { file_path: 'large.txt', content: LARGE });
        await app.changesAre(5);
        await app.click(
          'change-row',
          `[data-path=${JSON.stringify(BARE_NAME)}] [data-testid="change-accept"]`,
        );
        assert.equal(await app.count('commit'), 0, 'this browser cannot write the folder');
        await app.click('zip');
        await app.see('commit-result', '[data-ok="true"]');
        const entries = unzipSync(await takeDownload(browser.downloads(), 'my project-changes.zip'));
        assert.deepEqual(hashes(new Map(Object.entries(entries))), hashes(ACCEPTED));
        await app.changesAre(5);
      });
    });
  });
}

describe('the list of deleted files', () => {
  it('is in the ZIP, with the old names of renamed files', async () => {
    const core = /** @type {any} */ ({
      request: async (/** @type {{ path: string }} */ { path: file }) => ({
        result: { size: file.length },
        blob: text(file),
      }),
    });
    const blob = await zipChanges(core, [
      { change: { path: 'gone.txt', kind: 'deleted', type: 'file' }, part: {} },
      {
        change: { path: 'new name.txt', from: 'old name.txt', kind: 'renamed', type: 'file' },
        part: {},
      },
    ]);
    const entries = unzipSync(new Uint8Array(await blob.arrayBuffer()));
    const words = Object.entries(entries).map(([file, bytes]) => [file, new TextDecoder().decode(bytes)]);
    assert.deepEqual(Object.fromEntries(words), {
      'new name.txt': 'new name.txt',
      'DELETED.txt': 'gone.txt\nold name.txt\n',
    });
  });
});
