/** Who may have the proxy's embed/ in a frame: a page of an allowed origin, and no other; and nothing else of it at all. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startFiles, startProxy } from './support/servers.mjs';
import { BROWSERS, useBrowser } from './support/stage.mjs';
import { until } from './support/until.mjs';

/** A site's page with a frame, which hears what the frame says and when it is loaded, or refused. */
const SITE = `<!doctype html>
<meta charset="utf-8" />
<title>Another site</title>
<link rel="icon" href="data:," />
<script>
  window.heard = [];
  window.loaded = false;
  addEventListener('message', ({ data, origin }) => heard.push([data, origin]));
  const frame = document.createElement('iframe');
  frame.addEventListener('load', () => (loaded = true));
  frame.src = new URLSearchParams(location.search).get('frame');
  addEventListener('load', () => document.body.append(frame));
</script>
<body></body>
`;

/** What the proxy serves: a page, and what is made to be framed. */
const HTML = '<!doctype html><script type="module" src="main.js"></script>\n';
const SCRIPT = "parent.postMessage('framed', '*');\n";

const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

for (const name of BROWSERS) {
  describe(`frames in ${name}`, () => {
    const browser = useBrowser(name);
    let folder = '';
    let pageFolder = '';
    /** @type {Awaited<ReturnType<typeof startFiles>>[]} */
    let sites = [];

    before(async () => {
      folder = await mkdtemp(path.join(os.tmpdir(), 'umbra-frame-'));
      pageFolder = path.join(folder, 'page');
      await mkdir(path.join(pageFolder, 'embed'), { recursive: true });
      for (const part of ['', 'embed']) {
        await writeFile(path.join(pageFolder, part, 'index.html'), HTML);
        await writeFile(path.join(pageFolder, part, 'main.js'), SCRIPT);
      }
      await mkdir(path.join(folder, 'site'));
      await writeFile(path.join(folder, 'site', 'index.html'), SITE);
      const site = path.join(folder, 'site');
      sites = [await startFiles(site), await startFiles(site), await startFiles(site, ISOLATED)];
    });
    after(async () => {
      for (const site of sites) await site.stop();
      await rm(folder, { recursive: true });
    });

    /**
     * What the page of a site hears of a frame with this part of the proxy, which is to be so much at least.
     * @param {{ origin: string }} proxy
     * @param {{ origin: string }} site
     * @param {string} part
     * @param {number} least
     */
    async function framed(proxy, site, part, least) {
      const page = await browser().newPage();
      try {
        await page.goto(`${site.origin}/index.html?frame=${encodeURIComponent(proxy.origin + part)}`);
        await until(
          page,
          (n) => /** @type {any} */ (window).loaded && /** @type {any} */ (window).heard.length >= n,
          least,
        );
        return await page.evaluate(() => ({
          heard: /** @type {any} */ (window).heard,
          isolated: window.crossOriginIsolated,
        }));
      } finally {
        await page.close();
      }
    }

    it('an allowed origin frames embed/, another does not, and nobody frames the page', async () => {
      const [friend, stranger] = sites;
      const args = ['--page-dir', pageFolder, '--allowed-origins', friend.origin];
      const proxy = await startProxy({ args });
      try {
        assert.deepEqual((await framed(proxy, friend, '/embed/', 1)).heard, [['framed', proxy.origin]]);
        assert.deepEqual((await framed(proxy, stranger, '/embed/', 0)).heard, []);
        for (const site of sites) assert.deepEqual((await framed(proxy, site, '/', 0)).heard, []);
      } finally {
        await proxy.stop();
      }
    });

    it('without allowed origins nobody frames it', async () => {
      const proxy = await startProxy({ args: ['--page-dir', pageFolder] });
      try {
        for (const site of sites) assert.deepEqual((await framed(proxy, site, '/embed/', 0)).heard, []);
      } finally {
        await proxy.stop();
      }
    });

    it('an isolated page of an allowed origin frames it when the proxy isolates too', async () => {
      const [, , isolated] = sites;
      const args = ['--page-dir', pageFolder, '--allowed-origins', isolated.origin, '--isolate'];
      const proxy = await startProxy({ args });
      try {
        assert.deepEqual(await framed(proxy, isolated, '/embed/', 1), {
          heard: [['framed', proxy.origin]],
          isolated: true,
        });
      } finally {
        await proxy.stop();
      }
    });
  });
}
