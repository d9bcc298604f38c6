/** How much memory a browser takes with all its processes, while something runs (Linux's /proc). */
import { readFileSync, readdirSync } from 'node:fs';

/** Parent and own memory (anonymous and shared, not mapped files) of a process, null when it is gone. @param {string} id */
function look(id) {
  try {
    const status = readFileSync(`/proc/${id}/status`, 'utf8');
    const number = (/** @type {string} */ name) =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0);
    return { id: Number(id), parent: number('PPid'), bytes: (number('RssAnon') + number('RssShmem')) * 1024 };
  } catch {
    return null;
  }
}

/** Bytes of a process and all below it. @param {number} top */
function memoryOf(top) {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(look)
    .filter((one) => one !== null);
  const family = new Set([top]);
  for (let size = 0; size !== family.size;) {
    size = family.size;
    for (const { id, parent } of all) if (family.has(parent)) family.add(id);
  }
  return all.reduce((sum, { id, bytes }) => sum + (family.has(id) ? bytes : 0), 0);
}

/**
 * Runs an action; what the browser took at most beyond what it had, in bytes, and how long it was, in ms.
 * @template T
 * @param {import('puppeteer-core').Browser} browser
 * @param {() => Promise<T>} action
 */
export async function measured(browser, action) {
  const pid = browser.process()?.pid ?? 0;
  const before = memoryOf(pid);
  let peak = before;
  const sampler = setInterval(() => (peak = Math.max(peak, memoryOf(pid))), 50);
  const started = performance.now();
  try {
    const result = await action();
    return { result, peak: peak - before, ms: performance.now() - started };
  } finally {
    clearInterval(sampler);
  }
}
