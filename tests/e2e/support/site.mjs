/** A site of its own that embeds the client module and nothing else, for tests that need no page and no proxy. */
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { dist, startFiles } from './servers.mjs';
import { PATIENCE } from './until.mjs';

/** @typedef {import('puppeteer-core').Page} Page */

const CSP = "default-src 'self'; script-src 'self'; require-trusted-types-for 'script'; trusted-types umbra";
const HTML = `<!doctype html>
<meta charset="utf-8" />
<meta http-equiv="Content-Security-Policy" content="${CSP}" />
<title>A site</title>
<link rel="icon" href="data:," />
`;

/**
 * Runs a test on a fresh origin. `open()` gives a tab in which `window.Umbra` is the client's class. The origin has a
 * page without anything, too: `bare.html`.
 * @param {import('puppeteer-core').Browser} browser
 * @param {(site: { origin: string, open: () => Promise<Page> }) => Promise<void>} action
 */
export async function onSite(browser, action) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'umbra-site-'));
  await writeFile(path.join(folder, 'index.html'), HTML);
  await writeFile(path.join(folder, 'bare.html'), '<!doctype html><link rel="icon" href="data:," />\n');
  await symlink(path.join(dist, 'umbra'), path.join(folder, 'umbra'));
  const files = await startFiles(folder);
  /** @type {Page[]} */
  const pages = [];
  const open = async () => {
    const page = await browser.newPage();
    pages.push(page);
    page.setDefaultTimeout(PATIENCE);
    await load(page, files.origin);
    return page;
  };
  try {
    await action({ origin: files.origin, open });
  } finally {
    for (const page of pages) if (!page.isClosed()) await page.close();
    await files.stop();
    await rm(folder, { recursive: true });
  }
}

/** Loads the site anew: whatever ran there is gone. @param {Page} page @param {string} origin */
export async function load(page, origin) {
  await page.goto(`${origin}/index.html`);
  await page.evaluate(async (module) => Object.assign(window, await import(module)), '/umbra/umbra.js');
}
