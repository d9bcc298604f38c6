/** Real browsers for tests and benchmarks, each with an empty profile of its own. */
import { accessSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import puppeteer from 'puppeteer-core';

/** @param {string[]} places */
function firstOf(places) {
  const found = places.find((place) => {
    try {
      accessSync(place);
      return true;
    } catch {
      return false;
    }
  });
  if (!found) throw new Error(`no browser at ${places.join(', ')}; run npm run setup -- --for-tests`);
  return found;
}

const chromiumPath = () =>
  process.env.UMBRA_CHROMIUM ?? firstOf(['/usr/bin/chromium', '/usr/bin/chromium-browser']);
const firefoxPath = () => process.env.UMBRA_FIREFOX ?? firstOf(['/usr/bin/firefox-esr', '/usr/bin/firefox']);

/** The sandbox of Chromium needs an ordinary user. */
const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];

/** @typedef {{ firefoxPrefs?: Record<string, unknown>, chromiumArgs?: string[] }} BrowserOptions */

/**
 * @param {'chromium' | 'firefox'} name
 * @param {BrowserOptions} [options]
 * @returns {Promise<{ browser: import('puppeteer-core').Browser, downloads: string, close: () => Promise<void> }>}
 */
export async function startBrowser(name, options = {}) {
  const userDataDir = await mkdtemp(path.join(os.tmpdir(), `umbra-${name}-`));
  const downloads = path.join(userDataDir, 'downloads');
  await mkdir(downloads);
  const browser = await puppeteer.launch({
    browser: name === 'firefox' ? 'firefox' : 'chrome',
    executablePath: name === 'firefox' ? firefoxPath() : chromiumPath(),
    headless: true,
    defaultViewport: null, // as the window is: older Firefoxes cannot be told another size
    userDataDir,
    protocolTimeout: 120_000,
    extraPrefsFirefox: {
      'browser.download.folderList': 2,
      'browser.download.dir': downloads,
      ...options.firefoxPrefs,
    },
    args:
      name === 'firefox'
        ? ['--width=1280', '--height=890']
        : [
            '--window-size=1280,890',
            ...sandbox,
            '--disable-gpu',
            '--disable-quic',
            '--no-first-run',
            '--disable-background-networking',
            '--disable-component-update',
            '--disable-sync',
            ...(options.chromiumArgs ?? []),
          ],
  });
  if (name === 'chromium') {
    const session = await browser.target().createCDPSession();
    await session.send('Browser.setDownloadBehavior', { behavior: 'allow', downloadPath: downloads });
  }
  return {
    browser,
    downloads,
    close: async () => {
      await browser.close();
      await rm(userDataDir, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
