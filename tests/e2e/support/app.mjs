/** The page as a user has it before them: what can be clicked, typed and seen, by its data-testid hooks. */
import assert from 'node:assert/strict';
import { writeFolder } from './folder.mjs';
import { PATIENCE, until } from './until.mjs';

/** @typedef {import('puppeteer-core').Page} Page */
/** @typedef {import('./folder.mjs').Tree} Tree */

/** @param {string} name @param {string} [more] */
const hook = (name, more = '') => `[data-testid="${name}"]${more}`;

export class App {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    page.setDefaultTimeout(PATIENCE);
  }

  /**
   * A new tab at an address, waited for until the workspace is open (or closed to this tab).
   * @param {import('puppeteer-core').Browser | import('puppeteer-core').BrowserContext} browser
   * @param {string} address
   * @param {(page: Page) => unknown} [before] called before the page is loaded
   */
  static async open(browser, address, before) {
    const page = await browser.newPage();
    const app = new App(page);
    await before?.(page);
    await page.goto(address);
    await app.settled();
    return app;
  }

  async settled() {
    await this.seeAny('start-empty', 'gate', 'prompt');
    await until(this.page, () => !document.body.innerText.includes('Connecting…'));
  }

  /** Waits for something to be there. @param {string} name @param {string} [more] further selector */
  async see(name, more) {
    const element = await this.page.waitForSelector(hook(name, more));
    assert.ok(element, name);
    return element;
  }

  /** Waits for one of several. @param {string[]} names */
  async seeAny(...names) {
    await this.page.waitForSelector(names.map((name) => hook(name)).join());
  }

  /** Waits until something is gone. @param {string} name @param {string} [more] */
  async gone(name, more) {
    await until(this.page, (selector) => !document.querySelector(selector), hook(name, more));
  }

  /**
   * Clicks as a user does, who waits until a button can be pressed and sees whether it was hit: the conversation may
   * move under the pointer.
   * @param {string} name
   * @param {string} [more]
   */
  async click(name, more) {
    for (let hit = false; !hit;) {
      const element = await this.see(name, `${more ?? ''}:not(:disabled)`);
      await element.evaluate((one) => one.addEventListener('click', () => Object.assign(one, { hit: true })));
      // An element that is redrawn meanwhile is looked for again.
      await element.click().catch(() => undefined);
      hit = await element.evaluate((one) => !one.isConnected || 'hit' in one);
    }
  }

  /** @param {string} name @param {string} text */
  async fill(name, text) {
    const element = await this.see(name);
    await element.evaluate((one) => /** @type {HTMLInputElement} */ (one).select());
    await element.type(text);
  }

  /** @param {string} name @param {string} [more] */
  count(name, more) {
    return this.page.$$eval(hook(name, more), (all) => all.length);
  }

  /** The visible text of all elements of a kind. @param {string} name @param {string} [more] */
  texts(name, more) {
    return this.page.$$eval(hook(name, more), (all) => all.map((one) => /** @type {any} */ (one).innerText));
  }

  /** Waits for an element whose text has some words. @param {string} name @param {string} words */
  async says(name, words) {
    await until(
      this.page,
      (selector, text) =>
        [...document.querySelectorAll(selector)].some((one) => (one.textContent ?? '').includes(text)),
      hook(name),
      words,
    );
  }

  /**
   * Writes a tree as the user's real folder (a directory handle of OPFS) and imports it.
   * @param {Tree} tree
   * @param {string} [folder]
   */
  async importTree(tree, folder = 'real') {
    await writeFolder(this.page, folder, tree);
    const result = await this.page.evaluate(async (name) => {
      const top = await navigator.storage.getDirectory();
      return /** @type {any} */ (window).umbraPage.importFolder(await top.getDirectoryHandle(name));
    }, folder);
    await this.see('import-result', '[data-ok="true"]');
    return result;
  }

  /** Imports files as an input for folders hands them out. @param {Tree} tree @param {string} [folder] */
  async importFiles(tree, folder = 'real') {
    const list = [...tree].map(([path, bytes]) => [path, Buffer.from(bytes).toString('base64')]);
    const result = await this.page.evaluate(
      async (files, name) => {
        const items = files.map(([path, text]) => {
          const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
          const file = new File([bytes], path.split('/').at(-1) ?? '', { lastModified: 1_700_000_000_000 });
          Object.defineProperty(file, 'webkitRelativePath', { value: `${name}/${path}` });
          return file;
        });
        return /** @type {any} */ (window).umbraPage.importFolder(items);
      },
      list,
      folder,
    );
    await this.see('import-result', '[data-ok="true"]');
    return result;
  }

  /** Types a prompt and sends it; resolves when the conversation has it. @param {string} text */
  async ask(text) {
    const before = await this.count('user-text');
    await this.fill('prompt', text);
    await this.page.focus(hook('prompt'));
    await this.page.keyboard.press('Enter');
    await until(
      this.page,
      (selector, count) => document.querySelectorAll(selector).length > count,
      hook('user-text'),
      before,
    );
  }

  /** Waits until no turn is running. */
  async idle() {
    await this.see('send');
  }

  /** A whole turn that asks for nothing. @param {string} text */
  async turn(text) {
    await this.ask(text);
    await this.idle();
  }

  /** The cards of tool calls, as "Name:state". */
  cards() {
    return this.page.$$eval(hook('tool-card'), (all) =>
      all.map((one) => `${one.getAttribute('data-tool')}:${one.getAttribute('data-state')}`),
    );
  }

  /** The changeset, as "kind path", sorted. */
  async changes() {
    const rows = await this.page.$$eval(hook('change-row'), (all) =>
      all.map((one) => `${one.getAttribute('data-kind')} ${one.getAttribute('data-path')}`),
    );
    return rows.sort();
  }

  /** Waits until the changeset has so many rows. @param {number} rows */
  async changesAre(rows) {
    await until(
      this.page,
      (selector, count) => document.querySelectorAll(selector).length === count,
      hook('change-row'),
      rows,
    );
    return this.changes();
  }

  /** The lines of an open diff as "kind text". @param {string} path */
  async diffLines(path) {
    const row = `[data-path=${JSON.stringify(path)}]`;
    if ((await this.count('change-row', `${row}[data-open="false"]`)) > 0) {
      await this.click('change-row', `${row} [data-testid="change-open"]`);
    }
    await this.see('diff', `${row} .diff-line`);
    return this.page.$$eval(hook('diff', `${row} .diff-line`), (all) =>
      all.map((one) => `${one.getAttribute('data-kind')} ${one.querySelector('.code')?.textContent}`),
    );
  }

  /** What the conversation keeps, without what moves from run to run. */
  async history() {
    /** @type {any[]} */
    const events = await this.client('history');
    return events;
  }

  /** Calls a method of the page's client. @param {string} method @param {any[]} parameters */
  client(method, ...parameters) {
    return this.page.evaluate(
      (name, list) => /** @type {any} */ (window).umbraPage.client[name](...list),
      method,
      parameters,
    );
  }

  /** Every file of the workspace as "path" → SHA-256, read through the client. @param {Iterable<string>} paths */
  async workspace(paths) {
    const list = await this.page.evaluate(
      async (all) => {
        const { client } = /** @type {any} */ (window).umbraPage;
        const found = [];
        for (const path of all) {
          const hash = await crypto.subtle.digest('SHA-256', await client.readFile(path));
          const hex = [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
          found.push([path, hex]);
        }
        return found;
      },
      [...paths],
    );
    return new Map(/** @type {[string, string][]} */ (list));
  }

  /** Ends the worker as a crash would, and waits until the page has seen it. */
  async killWorker() {
    await this.page.evaluate(() => /** @type {any} */ (window).umbraPage.client.worker.terminate());
    await this.see('crashed');
  }

  async reopen() {
    await this.click('reopen');
    await this.gone('crashed');
    await this.see('prompt');
    await this.gone('gate');
  }

  async reload() {
    await this.page.reload();
    await this.settled();
  }

  close() {
    return this.page.close();
  }
}
