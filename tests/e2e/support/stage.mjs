/** One browser for a file's tests, and for each test a proxy, a model behind it and a page, all put away at the end. */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { App } from './app.mjs';
import { startBrowser } from './browsers.mjs';
import { KEY, startModel } from './model.mjs';
import { startProxy } from './servers.mjs';

/** @typedef {'chromium' | 'firefox'} BrowserName */

export const BROWSERS = /** @type {BrowserName[]} */ (
  (process.env.UMBRA_BROWSERS ?? 'chromium,firefox').split(',')
);

/** To be called inside describe(). @param {BrowserName} name @param {import('./browsers.mjs').BrowserOptions} [options] */
export function useBrowser(name, options) {
  /** @type {Awaited<ReturnType<typeof startBrowser>>} */
  let started;
  before(async () => (started = await startBrowser(name, options)));
  after(async () => started?.close());
  return Object.assign(() => started.browser, { downloads: () => started.downloads });
}

/**
 * @typedef {object} Stage
 * @property {Awaited<ReturnType<typeof startModel>>} model
 * @property {Awaited<ReturnType<typeof startProxy>>} proxy
 * @property {App} app
 * @property {(cleanup: () => unknown) => void} later something to put away at the end
 */

/**
 * Runs a test on a fresh origin (a proxy on a port of its own), with the page open and paired.
 * @param {import('puppeteer-core').Browser} browser
 * @param {import('./model.mjs').Script} script
 * @param {(stage: Stage) => Promise<void>} action
 * @param {{ proxy?: Parameters<typeof startProxy>[0], key?: () => string, before?: (page: import('puppeteer-core').Page) => unknown }} [options]
 */
export async function onStage(browser, script, action, options = {}) {
  /** @type {(() => unknown)[]} */
  const cleanups = [];
  const later = (/** @type {() => unknown} */ cleanup) => void cleanups.unshift(cleanup);
  try {
    const model = await startModel(script, { key: options.key });
    later(() => model.stop());
    const env = { ANTHROPIC_API_KEY: KEY, ANTHROPIC_BASE_URL: model.url, ...options.proxy?.env };
    const proxy = await startProxy({ ...options.proxy, env });
    later(() => proxy.stop());
    const app = await App.open(browser, proxy.address, options.before);
    later(() => app.close());
    await action({ model, proxy, app, later });
    assert.deepEqual(model.problems, [], 'requests that break the API’s rules');
  } finally {
    for (const cleanup of cleanups) await cleanup();
  }
}
