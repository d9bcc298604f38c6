/** Importing with a filter, and importing the same folder again: only what changed, and nothing of the user's lost. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hashes, removeFile, writeFolder } from './support/folder.mjs';
import { BROWSERS, onStage, useBrowser } from './support/stage.mjs';
import { treeOf } from './support/trees.mjs';
import { until } from './support/until.mjs';

/** @typedef {import('./support/app.mjs').App} App */

const TREE = treeOf({
  '.git/config': '[core]\n',
  'node_modules/x/index.js': 'x\n',
  '.gitignore': '\ufeff*.o\r\n/build/\r\n',
  'a.c': 'int a;\n',
  'a.o': 'object\n',
  'build/out': 'out\n',
  'src/.gitignore': '!keep.o\n# logs\n*.log\n',
  'src/keep.o': 'keep\n',
  'src/x.o': 'object\n',
  'src/build/b': 'b\n',
  'src/deep/y.log': 'log\n',
  'src/deep/z.c': 'int z;\n',
});
const TAKEN = ['.gitignore', 'a.c', 'src/.gitignore', 'src/build/b', 'src/deep/z.c', 'src/keep.o'];
const LEFT_OUT = {
  '.git': 'left out by name',
  node_modules: 'left out by name',
  'a.o': 'left out by .gitignore: *.o',
  build: 'left out by .gitignore: /build/',
  'src/x.o': 'left out by .gitignore: *.o',
  'src/deep/y.log': 'left out by src/.gitignore: *.log',
};
/** Files that changed less than this before an import are read again (RACY_MS of core/runtime/import.c). */
const RACY_MS = 2000;

/** All paths of the workspace. @param {App} app */
async function paths(app) {
  const { content } = await app.client('tool', 'Glob', { pattern: '{,.}**' });
  const hidden = await app.client('tool', 'Glob', { pattern: '**/.gitignore' });
  const all = `${content}\n${hidden.content}`.trim().split('\n');
  return [...new Set(all)].filter((path) => path && !path.startsWith('No files')).sort();
}

/** Waits until the times of what was just written can be trusted. @param {App} app */
async function settle(app) {
  const written = Date.now();
  await until(app.page, (time) => Date.now() > time, written + RACY_MS + 100);
}

/**
 * Imports a folder of OPFS through the client; a failure is "CODE: message".
 * @param {App} app
 * @param {object} [options]
 * @param {string} [folder]
 */
function importFolder(app, options = {}, folder = 'real') {
  return app.page.evaluate(
    async (name, chosen) => {
      const top = await navigator.storage.getDirectory();
      const { client } = /** @type {any} */ (window).umbraPage;
      return client
        .importFolder(await top.getDirectoryHandle(name), chosen)
        .catch((/** @type {any} */ error) => `${error.code}: ${error.message}`);
    },
    folder,
    options,
  );
}

/**
 * Imports Files with paths and times, as inputs and drops give them.
 * @param {App} app
 * @param {Record<string, [content: string, time: number]>} files
 * @param {object} [options]
 */
function importList(app, files, options = {}) {
  return app.page.evaluate(
    (entries, chosen) => {
      const list = entries.map(([path, [content, lastModified]]) => ({
        path,
        file: new File([content], path.split('/').at(-1) ?? '', { lastModified }),
      }));
      return /** @type {any} */ (window).umbraPage.client.importFolder(list, chosen);
    },
    Object.entries(files),
    options,
  );
}

/** @param {{ path: string, reason: string }[]} list */
const asObject = (list) => Object.fromEntries(list.map(({ path, reason }) => [path, reason]));

/** @param {App} app @param {string} path @param {string} content */
const write = (app, path, content) => app.client('tool', 'Write', { file_path: path, content });

/** @param {App} app @param {string} path */
async function read(app, path) {
  const bytes = await app.page.evaluate(
    async (name) => [...(await /** @type {any} */ (window).umbraPage.client.readFile(name))],
    path,
  );
  return Buffer.from(bytes).toString();
}

for (const name of BROWSERS) {
  describe(`importing again in ${name}`, () => {
    const browser = useBrowser(name);

    it('what git ignores is left out, and told', { timeout: 60_000 }, async () => {
      await onStage(browser(), {}, async ({ app }) => {
        await writeFolder(app.page, 'real', TREE);
        const result = await importFolder(app);
        assert.equal(result.files, TAKEN.length);
        assert.equal(result.refreshed, false);
        assert.deepEqual(asObject(result.skipped), LEFT_OUT);
        assert.equal(result.skipped.find((/** @type {any} */ one) => one.path === 'a.o').by, 'gitignore');
        assert.deepEqual(await paths(app), TAKEN);
        const all = await importFolder(app, { exclude: [], gitignore: false, refresh: false });
        assert.deepEqual([all.files, all.skipped], [TREE.size, []]);
        assert.deepEqual(await app.workspace(TREE.keys()), hashes(TREE));
        const some = await importFolder(app, { exclude: ['src', '.git'], gitignore: false, refresh: false });
        assert.deepEqual(asObject(some.skipped), { '.git': 'left out by name', src: 'left out by name' });
        const bad = await importFolder(app, { exclude: ['src/deep'] });
        assert.match(bad, /^EINVAL: "exclude" takes names/);
      });
    });

    it('the second time only what changed is read', { timeout: 60_000 }, async () => {
      await onStage(browser(), {}, async ({ app }) => {
        await writeFolder(app.page, 'real', TREE);
        await settle(app);
        await importFolder(app);
        const same = await importFolder(app);
        assert.deepEqual(
          [same.refreshed, same.files, same.bytes, same.unchanged, same.removed, same.conflicts],
          [true, 0, 0, TAKEN.length, 0, []],
        );
        await writeFolder(app.page, 'real', treeOf({ 'a.c': 'int b;\n', 'src/new.c': 'new\n' }));
        await removeFile(app.page, 'src/deep/z.c');
        const next = await importFolder(app);
        assert.deepEqual([next.files, next.bytes, next.unchanged, next.removed], [2, 11, 4, 1]);
        assert.deepEqual(
          await paths(app),
          [...TAKEN.filter((path) => path !== 'src/deep/z.c'), 'src/new.c'].sort(),
        );
        assert.equal(await read(app, 'a.c'), 'int b;\n');
        assert.deepEqual(await app.client('changes'), []);
        await app.reload();
        assert.equal(await read(app, 'a.c'), 'int b;\n');
        // The handle is kept over a reload: the same folder is still known.
        assert.equal((await importFolder(app)).refreshed, true);
        assert.equal((await importFolder(app, { discardChanges: true })).refreshed, false);
      });
    });

    it('a file that changes within the tick of its clock is not missed', { timeout: 60_000 }, async () => {
      await onStage(browser(), {}, async ({ app }) => {
        await importList(app, { 'a.txt': ['one\n', Date.now()], 'old.txt': ['old\n', 1_600_000_000_000] });
        const time = Date.now();
        await importList(app, { 'a.txt': ['two\n', time], 'old.txt': ['old\n', 1_600_000_000_000] });
        const result = await importList(
          app,
          { 'a.txt': ['six\n', time], 'old.txt': ['xxx\n', 1_600_000_000_000] },
          { refresh: true },
        );
        assert.deepEqual([result.files, result.unchanged], [1, 1]);
        assert.equal(await read(app, 'a.txt'), 'six\n');
        assert.equal(await read(app, 'old.txt'), 'old\n', 'an old time and the same size: not read');
      });
    });

    it('changes on both sides: what is here is kept, and told', { timeout: 60_000 }, async () => {
      await onStage(browser(), {}, async ({ app }) => {
        const tree = treeOf({
          both: '1\n',
          here: '1\n',
          there: '1\n',
          gone: '1\n',
          agreed: '1\n',
          'x.o': 'o\n',
        });
        await app.importTree(tree);
        for (const path of ['both', 'here', 'gone']) await write(app, path, 'mine\n');
        await write(app, 'agreed', 'ours\n');
        await write(app, 'made', 'mine\n');
        await write(app, 'made.o', 'mine\n');
        await writeFolder(
          app.page,
          'real',
          treeOf({
            both: 'theirs\n',
            there: 'theirs\n',
            agreed: 'ours\n',
            made: 'theirs\n',
            '.gitignore': '*.o\n',
          }),
        );
        await removeFile(app.page, 'gone');
        await app.click('update');
        await app.see('import-conflicts');
        assert.match(
          (await app.texts('import-result'))[0],
          /Updated from real: 3 files new or changed, 1 removed/,
        );
        assert.match((await app.texts('import-conflicts'))[0], /3 conflicts: yours were kept/);
        assert.deepEqual(await app.changesAre(5), [
          'added made',
          'added made.o',
          'modified both',
          'modified gone',
          'modified here',
        ]);
        assert.equal(await read(app, 'both'), 'mine\n');
        assert.equal(await read(app, 'there'), 'theirs\n');
        assert.deepEqual(await paths(app), [
          '.gitignore',
          'agreed',
          'both',
          'gone',
          'here',
          'made',
          'made.o',
          'there',
        ]);
        // What conflicts is still left alone by a commit.
        const committed = await app.client('commit', ['both', 'here']);
        assert.deepEqual([committed.committed, committed.conflicts.length], [['here'], 1]);
      });
    });

    it('the settings of the page say what is left out', { timeout: 60_000 }, async () => {
      await onStage(browser(), {}, async ({ app }) => {
        await app.importTree(TREE);
        assert.match(
          (await app.texts('import-result'))[0],
          /Imported 6 files.* from real\s*6 entries were left out/s,
        );
        await app.click('settings');
        await app.fill('exclude', '.git, deep');
        await app.click('gitignore');
        await app.click('filter-save');
        await app.click('settings-close');
        await app.reload();
        await app.click('update');
        await app.says('import-result', '4 files new or changed, 1 removed, 5 unchanged');
        assert.deepEqual(
          await paths(app),
          [...TREE.keys()].filter((path) => !/\.git\/|deep/.test(path)).sort(),
        );
      });
    });

    it('a list of files honours .gitignore and brings up to date', { timeout: 60_000 }, async () => {
      await onStage(browser(), {}, async ({ app }) => {
        const time = 1_600_000_000_000;
        /** @type {Record<string, [string, number]>} */
        const files = {
          '.gitignore': ['*.o\n', time],
          'a.c': ['1\n', time],
          'a.o': ['1\n', time],
          'd/.gitignore': ['!a.o\n', time],
          'd/a.o': ['1\n', time],
          'd/node_modules/m.js': ['1\n', time],
        };
        const first = await importList(app, files);
        assert.equal(first.files, 4);
        assert.deepEqual(asObject(first.skipped), {
          'a.o': 'left out by .gitignore: *.o',
          'd/node_modules': 'left out by name',
        });
        await write(app, 'd/a.o', 'mine\n');
        const { 'd/.gitignore': _gone, ...rest } = files;
        const again = await importList(app, { ...rest, 'a.c': ['2\n', time + 1] }, { refresh: true });
        assert.deepEqual([again.files, again.unchanged, again.removed], [1, 1, 1]);
        assert.equal(await read(app, 'd/a.o'), 'mine\n', 'ignored now, but changed here');
        assert.equal(await read(app, 'a.c'), '2\n');
        const clean = await importList(app, files, { discardChanges: true });
        assert.equal(clean.files, 4);
        assert.equal(await read(app, 'd/a.o'), '1\n');
      });
    });

    it('plain data bring only their own paths up to date', { timeout: 60_000 }, async () => {
      await onStage(browser(), {}, async ({ app }) => {
        const results = await app.page.evaluate(async () => {
          const { client } = /** @type {any} */ (window).umbraPage;
          const data = (/** @type {string} */ text) => new TextEncoder().encode(text);
          await client.importFolder([
            { path: 'a', data: data('1') },
            { path: 'b', data: data('1') },
            { path: 'c.o', data: data('1') },
          ]);
          const second = await client.importFolder(
            [
              { path: 'a', data: data('2') },
              { path: 'b', data: data('1') },
            ],
            { refresh: true },
          );
          const mixed = await client
            .importFolder([{ path: 'a', data: data('3') }, new File(['x'], 'x')], { refresh: true })
            .catch((/** @type {any} */ error) => `${error.code}: ${error.message}`);
          return { second, mixed };
        });
        assert.deepEqual([results.second.files, results.second.unchanged, results.second.removed], [1, 1, 0]);
        assert.match(results.mixed, /^EINVAL: a refresh takes files or plain data/);
        assert.equal(await read(app, 'a'), '2');
        assert.deepEqual(await paths(app), ['a', 'b', 'c.o']);
      });
    });

    it('a cancelled update leaves the workspace as it was', { timeout: 60_000 }, async () => {
      await onStage(browser(), {}, async ({ app }) => {
        await app.importTree(treeOf({ 'a.txt': 'one\n', 'b.txt': 'two\n' }));
        await write(app, 'a.txt', 'mine\n');
        const code = await app.page.evaluate(() => {
          const { client } = /** @type {any} */ (window).umbraPage;
          const abort = new AbortController();
          // Not zeros: identical content is stored once, and would be through before it is cancelled.
          const part = new Uint8Array(64 << 20);
          for (let at = 0; at < part.length; at += 65536)
            crypto.getRandomValues(part.subarray(at, at + 65536));
          const big = new File([part, part, part, part], 'big.bin');
          const onProgress = (/** @type {any} */ { bytes }) => bytes > 0 && abort.abort();
          return client
            .importFolder([{ path: 'big.bin', file: big }], {
              refresh: true,
              signal: abort.signal,
              onProgress,
            })
            .then(
              () => 'done',
              (/** @type {any} */ error) => error.code,
            );
        });
        assert.equal(code, 'ECANCELLED');
        assert.deepEqual(await paths(app), ['a.txt', 'b.txt']);
        assert.equal(await read(app, 'a.txt'), 'mine\n');
        assert.deepEqual(await app.changesAre(1), ['modified a.txt']);
        await app.reload();
        assert.deepEqual(await paths(app), ['a.txt', 'b.txt']);
      });
    });

    it('the same folder updates without a question, another one asks', { timeout: 60_000 }, async () => {
      await onStage(browser(), {}, async ({ app }) => {
        assert.equal(await app.count('update'), 0);
        await app.importTree(treeOf({ 'a.txt': 'one\n', 'b.txt': 'two\n' }));
        await app.see('update');
        await write(app, 'a.txt', 'mine\n');
        await app.changesAre(1);
        const again = await app.importTree(treeOf({ 'b.txt': 'second\n' }));
        assert.deepEqual([again.refreshed, again.files], [true, 1]);
        assert.deepEqual(await app.changesAre(1), ['modified a.txt']);
        const asked = app.importTree(treeOf({ 'c.txt': 'three\n' }), 'other');
        await app.click('confirm-yes');
        assert.deepEqual([(await asked).refreshed, await paths(app)], [false, ['c.txt']]);
        await app.reload();
        await app.see('update');
        // Files come without a handle: the same name is asked about only when there is something to lose.
        const listed = await app.importFiles(treeOf({ 'c.txt': 'four\n' }), 'other');
        assert.equal(listed.refreshed, true);
      });
    });
  });
}
