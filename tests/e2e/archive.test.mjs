/** A workspace as a tar or ZIP: out of one, into another, byte for byte; large, cancelled, damaged; and on the page. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { takeDownload } from './support/downloads.mjs';
import { hashes } from './support/folder.mjs';
import { measured } from './support/memory.mjs';
import { onSite } from './support/site.mjs';
import { BROWSERS, onStage, useBrowser } from './support/stage.mjs';
import { treeOf } from './support/trees.mjs';

/** @typedef {import('puppeteer-core').Page} Page */

const BIG = 200 << 20;
const TREE = treeOf({ 'a.txt': 'one\n', 'sub/b.txt': 'two\n', '.gitignore': '*.o\n', 'x.o': 'object\n' });

/**
 * A tar of a folder with all that a workspace can hold, made by the machine's own tar.
 * @param {{ utf8: boolean }} options names are all UTF-8, and times whole seconds
 */
async function makeTar({ utf8 }) {
  const top = await mkdtemp(path.join(os.tmpdir(), 'umbra-archive-'));
  try {
    const folder = path.join(top, 'folder');
    await mkdir(path.join(folder, 'd/empty'), { recursive: true });
    await mkdir(path.join(folder, '.git'));
    await writeFile(path.join(folder, '.git/config'), '[core]\n');
    await writeFile(path.join(folder, '.gitignore'), '*.o\n');
    await writeFile(path.join(folder, 'x.o'), 'object\n');
    await writeFile(path.join(folder, 'run.sh'), '#!/bin/sh\n', { mode: 0o755 });
    await writeFile(path.join(folder, 'secret'), '', { mode: 0o600 });
    await writeFile(path.join(folder, `d/${'n'.repeat(250)}`), 'long\n');
    await writeFile(path.join(folder, 'd/na\u00efve \u{1f30d}.md'), Buffer.alloc(3_000_000, 'na\u00efve'));
    if (!utf8)
      await writeFile(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0x66])]), 'odd\n');
    await symlink('../run.sh', path.join(folder, 'd/link'));
    await symlink('/etc/passwd', path.join(folder, 'out'));
    const time = utf8 ? 1_500_000_000 : 1_500_000_000.123;
    await utimes(path.join(folder, 'run.sh'), time, time);
    const options = ['--format=pax', ...(utf8 ? ['--mtime=@1600000000'] : [])];
    execFileSync('tar', ['-c', ...options, '-f', `${top}/x.tar`, '-C', folder, '.']);
    return await readFile(path.join(top, 'x.tar'));
  } finally {
    await rm(top, { recursive: true });
  }
}

/** Makes window.archive a Blob of these bytes. @param {Page} page @param {Uint8Array} bytes */
const give = (page, bytes) =>
  page.evaluate((text) => {
    const all = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    Object.assign(window, { archive: new File([all], 'x') });
  }, Buffer.from(bytes).toString('base64'));

/**
 * In a workspace that is opened for it: imports window.archive, exports in each format, and closes. What came of it are
 * window.tar, window.zip, and the import's answer.
 * @param {Page} page @param {string} workspace @param {string} source @param {string[]} formats
 */
const goThrough = (page, workspace, source, formats) =>
  page.evaluate(
    async (name, from, wanted) => {
      const { Umbra, ...rest } = /** @type {any} */ (window);
      const umbra = await Umbra.open({ workspace: name });
      const result = await umbra.importArchive(rest[from]);
      const changes = (await umbra.changes()).length;
      for (const format of wanted)
        Object.assign(window, { [format]: await umbra.exportWorkspace({ format }) });
      await umbra.close();
      return { result, changes, info: umbra.info.files };
    },
    workspace,
    source,
    formats,
  );

/** SHA-256 of a Blob of the page's. @param {Page} page @param {string} name */
const digest = (page, name) =>
  page.evaluate(async (which) => {
    const hash = await crypto.subtle.digest(
      'SHA-256',
      await /** @type {any} */ (window)[which].arrayBuffer(),
    );
    return [...new Uint8Array(hash)].join();
  }, name);

/** The bytes of a Blob of the page's. @param {Page} page @param {string} name */
async function take(page, name) {
  const text = await page.evaluate(async (which) => {
    const bytes = new Uint8Array(await /** @type {any} */ (window)[which].arrayBuffer());
    let letters = '';
    for (let at = 0; at < bytes.length; at += 8192)
      letters += String.fromCharCode(...bytes.subarray(at, at + 8192));
    return btoa(letters);
  }, name);
  return Buffer.from(text, 'base64');
}

for (const name of BROWSERS) {
  describe(`archives in ${name}`, () => {
    const browser = useBrowser(name);

    it('what goes out comes in again, with modes, times, links and empty folders', async () => {
      for (const utf8 of [false, true]) {
        await onSite(browser(), async ({ open }) => {
          const page = await open();
          await give(page, await makeTar({ utf8 }));
          const first = await goThrough(page, 'one', 'archive', utf8 ? ['tar', 'zip'] : ['tar']);
          assert.deepEqual(first.result.skipped, []);
          assert.equal(first.result.files, utf8 ? 9 : 10);
          assert.equal(first.info, first.result.files);
          assert.equal(first.changes, 0, 'it is the new base');
          const before = await digest(page, 'tar');
          const listed = execFileSync('tar', ['-tv', '--numeric-owner'], {
            input: await take(page, 'tar'),
            stdio: 'pipe',
          });
          assert.match(String(listed), /^-rwxr-xr-x .* run\.sh$/m);
          assert.match(String(listed), /^drwxr-xr-x .* d\/empty\/$/m);
          assert.match(String(listed), /^lrwxrwxrwx .* out -> \/etc\/passwd$/m);
          await page.evaluate(() => /** @type {any} */ (window).Umbra.deleteWorkspace('one'));
          for (const format of utf8 ? ['tar', 'zip'] : ['tar']) {
            const { result } = await goThrough(page, `from-${format}`, format, ['tar']);
            assert.deepEqual(result.skipped, []);
            assert.equal(await digest(page, 'tar'), before, `from a ${format}`);
          }
        });
      }
    });

    it('a gzipped tar comes in; what is damaged, cut off or no archive changes nothing', async () => {
      await onSite(browser(), async ({ open }) => {
        const page = await open();
        const tar = await makeTar({ utf8: true });
        await give(page, gzipSync(tar));
        const { result } = await goThrough(page, 'one', 'archive', ['tar', 'zip']);
        assert.equal(result.files, 9);
        const before = await digest(page, 'tar');
        const zip = await take(page, 'zip');
        const wrong = { flipped: Buffer.from(tar), 'flipped ZIP': Buffer.from(zip) };
        wrong.flipped[150] ^= 1;
        wrong['flipped ZIP'][zip.length >> 1] ^= 1;
        const cases = {
          ...wrong,
          'cut tar': tar.subarray(0, tar.length >> 1),
          'cut ZIP': zip.subarray(0, zip.length >> 1),
          'cut gzip': gzipSync(tar).subarray(0, 2000),
          'no gzip': Buffer.from([0x1f, 0x8b, 1, 2, 3]),
          text: Buffer.from('some text\n'.repeat(1000)),
          nothing: Buffer.alloc(0),
        };
        for (const [what, bytes] of Object.entries(cases)) {
          await give(page, bytes);
          const error = await goThrough(page, 'one', 'archive', []).catch((reason) => reason);
          assert.match(String(error), /tar archive|ZIP archive|gzip file/, what);
          await page.evaluate(async () => {
            const umbra = await /** @type {any} */ (window).Umbra.open({ workspace: 'one', takeOver: true });
            Object.assign(window, { tar: await umbra.exportWorkspace() });
            await umbra.close();
          });
          assert.equal(await digest(page, 'tar'), before, what);
        }
      });
    });

    it('an import and an export can be cancelled', async () => {
      await onSite(browser(), async ({ open }) => {
        const page = await open();
        await give(page, await makeTar({ utf8: true }));
        const said = await page.evaluate(async () => {
          const { Umbra, archive } = /** @type {any} */ (window);
          const umbra = await Umbra.open({ workspace: 'one' });
          await umbra.importFolder([{ path: 'mine', data: new Uint8Array(20 << 20).fill(7) }]);
          /** @type {string[]} */
          const codes = [];
          const stop = new AbortController();
          const many = new Blob(Array(50).fill(archive.slice(0, archive.size - 10240))); // 50 times the members
          await umbra
            .importArchive(many, { signal: stop.signal, onProgress: () => stop.abort() })
            .catch((/** @type {any} */ error) => codes.push(error.code));
          const files = (await umbra.storage()).files;
          const later = new AbortController();
          const running = umbra.exportWorkspace({ format: 'zip', signal: later.signal });
          const second = await umbra.exportWorkspace().catch((/** @type {any} */ error) => error.code);
          setTimeout(() => later.abort(), 50);
          await running.catch((/** @type {any} */ error) => codes.push(error.code));
          const whole = (await umbra.exportWorkspace()).size;
          await umbra.close();
          return { codes, files, second, whole };
        });
        assert.deepEqual(said, {
          codes: ['ECANCELLED', 'ECANCELLED'],
          files: 1,
          second: 'EBUSY',
          whole: (20 << 20) + 1536,
        });
      });
    });

    it('an archive comes over what is there as changes', async () => {
      await onSite(browser(), async ({ open }) => {
        const page = await open();
        await give(page, await makeTar({ utf8: true }));
        const said = await page.evaluate(async () => {
          const { Umbra, archive } = /** @type {any} */ (window);
          const umbra = await Umbra.open({ workspace: 'one' });
          const mine = new TextEncoder().encode('mine\n');
          await umbra.importFolder([
            { path: 'run.sh', data: mine },
            { path: 'other', data: mine },
          ]);
          await umbra.importArchive(archive, { asChanges: true, exclude: ['d', '.git'] });
          const changes = (await umbra.changes()).map(
            (/** @type {any} */ { kind, path: file }) => `${kind} ${file}`,
          );
          await umbra.discard(['run.sh']);
          const refused = await umbra.importArchive(archive).catch((/** @type {any} */ error) => error.code);
          const kept = new TextDecoder().decode(await umbra.readFile('run.sh'));
          await umbra.importArchive(archive, { discardChanges: true });
          const left = (await umbra.changes()).length;
          await umbra.close();
          return { changes, refused, kept, left };
        });
        assert.deepEqual(said, {
          changes: ['added .gitignore', 'added out', 'modified run.sh', 'added secret', 'added x.o'],
          refused: 'EEXIST',
          kept: 'mine\n',
          left: 0,
        });
      });
    });

    it('200 MB go out and in without being twice in memory', { timeout: 180_000 }, async (test) => {
      await onSite(browser(), async ({ open }) => {
        const page = await open();
        await page.evaluate(async (size) => {
          const piece = new Uint8Array(1 << 20);
          for (let at = 0; at < piece.length; at += 65536)
            crypto.getRandomValues(piece.subarray(at, at + 65536));
          const pieces = Array.from({ length: size / piece.length }, (_, index) => {
            piece[index] ^= 1; // no two are the same
            return new Blob([piece]);
          });
          const umbra = await /** @type {any} */ (window).Umbra.open({ workspace: 'big' });
          await umbra.importFolder([new File(pieces, 'big.bin', { lastModified: 1_500_000_000_000 })]);
          Object.assign(window, { umbra });
        }, BIG);
        for (const format of ['tar', 'zip']) {
          const out = await measured(browser(), () =>
            page.evaluate(async (which) => {
              const { umbra } = /** @type {any} */ (window);
              const blob = await umbra.exportWorkspace({ format: which });
              Object.assign(window, { [which]: blob });
              return blob.size;
            }, format),
          );
          assert.ok(out.result > BIG && out.result < BIG * 1.01, `${out.result} bytes`);
          const into = await measured(browser(), () => goThrough(page, `from-${format}`, format, []));
          assert.equal(into.result.result.bytes, BIG);
          test.diagnostic(
            `${name}, ${format}: out ${Math.round(out.ms)} ms, at most ${Math.round(out.peak / 1e6)} MB more; ` +
              `in ${Math.round(into.ms)} ms, ${Math.round(into.peak / 1e6)} MB`,
          );
          assert.ok(out.peak < 1.6 * BIG, `${out.peak} bytes of memory for an archive of ${BIG}`);
          assert.ok(into.peak < 2 * BIG, `${into.peak} bytes of memory for an import of ${BIG}`);
          await page.evaluate((which) => void delete (/** @type {any} */ (window)[which]), format);
        }
      });
    });

    it(
      'the page exports, and imports what is chosen or dropped after a question',
      { timeout: 60_000 },
      async () => {
        await onStage(browser(), {}, async ({ app }) => {
          await app.importTree(TREE, 'my project');
          await app.client('tool', 'Write', { file_path: 'a.txt', content: 'mine\n' });
          await app.changesAre(1);
          const now = new Date();
          const day = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((part) =>
            String(part).padStart(2, '0'),
          );
          /** @type {Record<string, Uint8Array>} */
          const saved = {};
          for (const format of ['tar', 'zip']) {
            await app.click('workspaces');
            await app.click(`export-${format}`);
            saved[format] = await takeDownload(browser.downloads(), `my project-${day.join('-')}.${format}`);
            await app.click('workspaces-close');
          }
          assert.match(String(execFileSync('tar', ['-t'], { input: saved.tar })), /^a\.txt$/m);
          await app.client('tool', 'Write', { file_path: 'a.txt', content: 'other\n' });
          await drop(app.page, 'cut.tar', saved.tar.subarray(0, 1000));
          await app.click('confirm-yes');
          await app.see('import-result', '[data-ok="false"]');
          assert.match((await app.texts('import-result'))[0], /cut off at byte 1000/);
          await app.changesAre(1);
          await drop(app.page, 'saved.zip', saved.zip);
          await app.see('confirm-yes');
          const asked = await app.page.$eval('dialog.confirm', (one) => one.textContent ?? '');
          assert.match(asked, /Import the archive saved\.zip\?.* 1 change is not committed and will be lost/);
          await app.click('confirm-no');
          await app.changesAre(1);
          await drop(app.page, 'saved.zip', saved.zip);
          await app.click('confirm-yes');
          await app.see('import-result', '[data-ok="true"]');
          assert.match(
            (await app.texts('import-result'))[0],
            /Imported 3 files, .* from saved\. Nothing was left out/,
          );
          await app.changesAre(0);
          const expected = new Map([...TREE].filter(([file]) => file !== 'x.o'));
          expected.set('a.txt', new TextEncoder().encode('mine\n'));
          assert.deepEqual(await app.workspace(expected.keys()), hashes(expected));
        });
      },
    );
  });
}

/** Drops a file on the page. @param {Page} page @param {string} name @param {Uint8Array} bytes */
const drop = (page, name, bytes) =>
  page.evaluate(
    (file, text) => {
      const all = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([all], file));
      window.dispatchEvent(new DragEvent('drop', { dataTransfer, cancelable: true }));
    },
    name,
    Buffer.from(bytes).toString('base64'),
  );
