/** Makes docs/screenshot.png: this repository imported, a word renamed by the offline demo, a diff open. */
import path from 'node:path';
import { App } from './app.mjs';
import { startBrowser } from './browsers.mjs';
import { root, startProxy } from './servers.mjs';
import { ownTree } from './trees.mjs';

const PROMPT = 'Rename the word loadKeys to readKeys in all files of browser/page';

const proxy = await startProxy();
const { browser, close } = await startBrowser('chromium');
try {
  const app = await App.open(browser, proxy.address, async (page) => {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }]);
    await page.setViewport({ width: 1280, height: 800, deviceScaleFactor: 2 });
  });
  await app.page.setViewport({ width: 1280, height: 800, deviceScaleFactor: 2 });
  await app.importTree(await ownTree(), 'umbra');
  await app.page.click('[data-testid="import-result"] [aria-label="Dismiss"]');
  await app.ask(PROMPT);
  await app.click('permission-allow-session');
  await app.idle();
  await app.page.waitForSelector('[data-testid="change-row"] .plus');
  await app.diffLines((await app.changes())[0].split(' ')[1]);
  await app.page.mouse.move(0, 0);
  await app.page.screenshot({
    path: /** @type {`${string}.png`} */ (path.join(root, 'docs/screenshot.png')),
  });
} finally {
  await close();
  await proxy.stop();
}
