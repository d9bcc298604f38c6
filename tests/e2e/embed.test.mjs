/** Umbra in a page of another origin than the proxy's: allowed by name, and shut without. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, it } from 'node:test';
import { KEY, say, startModel, use } from './support/model.mjs';
import { dist, startFiles, startProxy } from './support/servers.mjs';
import { BROWSERS, useBrowser } from './support/stage.mjs';
import { until } from './support/until.mjs';

/** @typedef {import('puppeteer-core').Page} Page */

const PROMPT = 'Create a page about lighthouses called lighthouses.html';
const SCRIPT = {
  [PROMPT]: [
    [say('I make it.'), use('Write', { file_path: 'lighthouses.html', content: '<h1>Lighthouses</h1>\n' })],
    [say('It is there.')],
  ],
};

/** A page that takes client, worker and wasm from the proxy. */
const CROSS_PAGE = `<!doctype html>
<meta charset="utf-8" />
<title>Another site</title>
<script type="module">
  const proxy = new URLSearchParams(location.search).get('proxy');
  const { Umbra } = await import(proxy + '/umbra/umbra.js');
  const pairingToken = location.hash.replace('#pair=', '');
  const umbra = await Umbra.open({ workspace: 'cross', proxy, pairingToken });
  umbra.on('permission_request', ({ id }) => umbra.decide(id, 'allow'));
  await umbra.importFolder([{ path: 'hello.txt', data: new TextEncoder().encode('Hello\\n') }]);
  const turn = await umbra.send('${PROMPT}');
  window.umbraExample = { umbra, turn };
</script>
`;

/**
 * A page on a server of its own, a proxy that allows the origins (made from the page's), a model behind it.
 * @param {import('puppeteer-core').Browser} browser
 * @param {{ folder: string, file: string, allowed: (origin: string) => string[] }} about
 * @param {(page: Page, model: Awaited<ReturnType<typeof startModel>>, origin: string) => Promise<void>} action
 */
async function onSite(browser, { folder, file, allowed }, action) {
  const files = await startFiles(folder);
  const model = await startModel(SCRIPT);
  const args = allowed(files.origin).flatMap((origin) => ['--allowed-origins', origin]);
  const proxy = await startProxy({ args, env: { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: model.url } });
  const page = await browser.newPage();
  try {
    page.on('dialog', (dialog) => void dialog.accept());
    await page.goto(`${files.origin}/${file}?proxy=${proxy.origin}#pair=${proxy.token}`);
    await action(page, model, files.origin);
    assert.deepEqual(model.problems, []);
  } finally {
    await page.close();
    await proxy.stop();
    await model.stop();
    await files.stop();
  }
}

/** How the turn ended, and what it changed. @param {Page} page */
async function outcome(page) {
  await until(page, () => 'umbraExample' in window);
  return page.evaluate(async () => {
    const { umbra, turn } = /** @type {any} */ (window).umbraExample;
    const bytes = await umbra.readFile('lighthouses.html').catch((/** @type {any} */ error) => error.code);
    return {
      turn,
      info: umbra.info,
      changes: await umbra.changes(),
      written: typeof bytes === 'string' ? bytes : new TextDecoder().decode(bytes),
      hello: (await umbra.tool('Read', { file_path: 'hello.txt' })).content,
    };
  });
}

for (const name of BROWSERS) {
  describe(`embedding in ${name}`, () => {
    const browser = useBrowser(name);
    const example = { folder: dist, file: 'examples/embed.html' };

    it('the example runs a tool and a turn from another origin', async () => {
      await onSite(browser(), { ...example, allowed: (origin) => [origin] }, async (page, model) => {
        const { turn, info, changes, written, hello } = await outcome(page);
        assert.deepEqual(turn, { stopReason: 'end_turn', text: 'It is there.' });
        assert.deepEqual([info.paired, info.storage, info.notices], [true, 'opfs', []]);
        assert.deepEqual(
          changes.map((/** @type {any} */ { path: file, kind }) => `${kind} ${file}`),
          ['added lighthouses.html'],
        );
        assert.equal(written, '<h1>Lighthouses</h1>\n');
        assert.equal(hello, '     1\tHello from the embedder.\n');
        assert.equal(model.requests.length, 2);
        const shown = await page.$eval('#out', (one) => one.textContent ?? '');
        assert.match(shown, /Hello from the embedder\.[^]*I make it\.It is there\.[^]*end_turn: \[/);
      });
    });

    it('a site that the proxy was not told of gets no model and a clear error', async () => {
      await onSite(browser(), { ...example, allowed: () => [] }, async (page, model, origin) => {
        const { turn, info, changes, hello } = await outcome(page);
        assert.equal(info.paired, false);
        assert.match(info.notices.join(), /^Pairing with the proxy failed: /);
        assert.ok(info.notices.join().includes(`--allowed-origins ${origin}`), info.notices.join());
        assert.equal(turn.stopReason, 'error');
        assert.equal(turn.error.code, 'ENET');
        assert.ok(turn.error.message.includes(`--allowed-origins ${origin}`), turn.error.message);
        assert.deepEqual(changes, []);
        assert.equal(hello, '     1\tHello from the embedder.\n');
        assert.equal(model.requests.length, 0, 'nothing reached the provider');
      });
    });

    it('a site that another one was allowed for gets nothing either', async () => {
      await onSite(browser(), { ...example, allowed: () => ['http://127.0.0.1:9'] }, async (page, model) => {
        const { turn } = await outcome(page);
        assert.equal(turn.error.code, 'ENET');
        assert.equal(model.requests.length, 0);
      });
    });

    it('client, worker and wasm can come from the proxy', async () => {
      const folder = await mkdtemp(path.join(os.tmpdir(), 'umbra-site-'));
      await writeFile(path.join(folder, 'index.html'), CROSS_PAGE);
      try {
        const about = { folder, file: 'index.html', allowed: (/** @type {string} */ origin) => [origin] };
        await onSite(browser(), about, async (page) => {
          const { turn, info, written } = await outcome(page);
          assert.deepEqual(turn, { stopReason: 'end_turn', text: 'It is there.' });
          assert.equal(info.storage, 'opfs');
          assert.equal(written, '<h1>Lighthouses</h1>\n');
        });
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  });
}
