/** During a main job: no complaint on the console, no breach of the page's policies, no word to another origin. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { say, use } from './support/model.mjs';
import { BROWSERS, onStage, useBrowser } from './support/stage.mjs';
import { hostileTree } from './support/trees.mjs';

/** @typedef {import('puppeteer-core').Page} Page */

const HOSTILE = [
  '# Hello <script>alert(1)</script>',
  '![picture](https://evil.example/x.png) <img src="https://evil.example/y.png" onerror="alert(1)">',
  '[link](javascript:alert(1)) [good](https://good.example/) <iframe src="https://evil.example/"></iframe>',
  '<style>body{background:url(https://evil.example/z.png)}</style><link rel="prefetch" href="https://evil.example/">',
  '| a | b |\n| - | - |\n| <b onclick="alert(1)">x</b> | `code` |',
  '```html\n<script src="https://evil.example/"></script>\n```',
].join('\n\n');
const PAGE = '<script src="https://evil.example/"></script>\n';

const SCRIPT = {
  Work: [
    [say(HOSTILE), use('ListDir', { path: 'odd' }), use('Write', { file_path: 'new.html', content: PAGE })],
    [say('Done.')],
  ],
};

/** Notes what goes wrong in the page and where its requests go. @param {Page} page */
async function watch(page) {
  const complaints = /** @type {string[]} */ ([]);
  const requests = /** @type {string[]} */ ([]);
  page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => complaints.push(`error: ${/** @type {Error} */ (error).message}`));
  // Chromium may call a stream aborted that was read to its end; it has a response then.
  page.on('requestfailed', (request) => !request.response() && complaints.push(`failed: ${request.url()}`));
  page.on('request', (request) => requests.push(request.url()));
  await page.evaluateOnNewDocument(() => {
    const breaches = /** @type {string[]} */ ([]);
    Object.assign(window, { breaches });
    document.addEventListener('securitypolicyviolation', (event) =>
      breaches.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`),
    );
  });
  return { complaints, requests };
}

for (const name of BROWSERS) {
  describe(`the console in ${name}`, () => {
    const browser = useBrowser(name);
    it('stays empty during a main job, and only the proxy is spoken to', async () => {
      /** @type {{ complaints: string[], requests: string[] }} */
      let seen = { complaints: [], requests: [] };
      const before = async (/** @type {Page} */ page) => void (seen = await watch(page));
      await onStage(
        browser(),
        SCRIPT,
        async ({ app, proxy }) => {
          await app.importTree(hostileTree());
          await app.ask('Work');
          await app.see('permission');
          await app.click('permission-allow-session');
          await app.says('assistant-text', 'Done.');
          await app.idle();
          await app.changesAre(1);
          await app.diffLines('new.html');
          for (const card of await app.page.$$('.tool-head')) await card.click();
          await app.click('settings');
          await app.see('key');
          await app.click('settings-close');
          await app.click('zip');
          await app.see('commit-result', '[data-ok="true"]');
          await app.click('commit');
          await app.changesAre(0);
          await app.reload();
          await app.says('assistant-text', 'Done.');
          const inPage = await app.page.evaluate(() => ({
            breaches: /** @type {any} */ (window).breaches,
            loaded: performance.getEntriesByType('resource').map((entry) => entry.name),
            elements: document.querySelectorAll('.markdown :is(script, img, iframe, style, link, [onclick])')
              .length,
            links: [...document.querySelectorAll('.markdown a[href]')].map((link) =>
              link.getAttribute('href'),
            ),
          }));
          assert.deepEqual(seen.complaints, []);
          assert.deepEqual(inPage.breaches, []);
          assert.equal(inPage.elements, 0, 'nothing active comes out of a model’s words');
          assert.deepEqual(inPage.links, ['https://good.example/']);
          const requests = [...seen.requests, ...inPage.loaded];
          if (name === 'chromium') {
            const [worker] = app.page.workers();
            const fromWorker = await worker.evaluate(() =>
              performance.getEntriesByType('resource').map((entry) => entry.name),
            );
            assert.ok(fromWorker.some((url) => url.endsWith('.wasm')));
            requests.push(...fromWorker);
          }
          assert.ok(requests.length > 10, requests.join());
          const foreign = requests.filter((url) => !new RegExp(`^(blob:)?${proxy.origin}/`).test(url));
          assert.deepEqual(foreign, []);
        },
        { before },
      );
    });
  });
}
