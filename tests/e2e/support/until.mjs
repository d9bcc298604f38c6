/**
 * Waiting for a page. puppeteer's own waitForFunction makes a function of a string in the page, which the page's
 * content security policy forbids in some Firefoxes.
 */
import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds: longer than anything here takes on a busy machine; nothing waits for it to pass. */
export const PATIENCE = 30_000;
const LOOK_EVERY = 25;

/**
 * Asks the page again and again until the condition holds.
 * @template {any[]} Parameters
 * @param {import('puppeteer-core').Page} page
 * @param {(...parameters: Parameters) => unknown} condition runs in the page
 * @param {any[]} parameters values or element handles
 */
export async function until(page, condition, ...parameters) {
  const end = Date.now() + PATIENCE;
  while (!(await page.evaluate(/** @type {any} */ (condition), ...parameters))) {
    if (Date.now() > end) throw new Error(`waited ${PATIENCE} ms in vain for ${condition}`);
    await pause(LOOK_EVERY);
  }
}
