/** Starts the worker: in a browser, also for pages of another origin than its script's; in Node.js as a thread. */
import { UmbraError } from '../worker/errors.js';

/**
 * @typedef {object} WorkerLine what the client needs of a worker
 * @property {(message: unknown, transfer?: Transferable[]) => void} postMessage
 * @property {((event: { data: any }) => void) | null} onmessage
 * @property {((event: { message: string, preventDefault?: () => void }) => void) | null} onerror
 * @property {() => void} terminate
 * @property {(busy: boolean) => void} [hold] Node.js: whether the process is to stay for it
 */

/** @type {typeof import('node:worker_threads') | null} null: a browser */
const threads = /** @type {any} */ (globalThis).process?.getBuiltinModule?.('node:worker_threads') ?? null;

/** What is where, by default: a page knows its origin, a program does not. */
export const DEFAULTS = threads
  ? { storage: /** @type {const} */ ('memory'), proxy: 'http://127.0.0.1:8787' }
  : { storage: /** @type {const} */ ('opfs'), proxy: globalThis.location?.origin };

/** A worker's address as Trusted Types ask for it. @param {string} url @returns {any} */
function trusted(url) {
  const factory = /** @type {any} */ (globalThis).trustedTypes;
  if (!factory) return url;
  trusted.policy ??= factory.createPolicy('umbra', { createScriptURL: (/** @type {string} */ text) => text });
  return trusted.policy.createScriptURL(url);
}
/** @type {any} */
trusted.policy = undefined;

/** @param {URL} url @returns {WorkerLine} */
function startThread(url) {
  const { Worker: Thread } = /** @type {typeof import('node:worker_threads')} */ (threads);
  const thread = new Thread(url, { execArgv: [] });
  /** @type {WorkerLine} */
  const line = {
    postMessage: (message, transfer = []) => thread.postMessage(message, /** @type {any} */ (transfer)),
    onmessage: null,
    onerror: null,
    terminate: () => void thread.terminate(),
    hold: (busy) => (busy ? thread.ref() : thread.unref()),
  };
  thread.on('message', (data) => line.onmessage?.({ data }));
  thread.on('error', ({ message }) => line.onerror?.({ message }));
  return line;
}

/** @param {string} baseUrl where worker.js is @returns {WorkerLine} */
export function startWorker(baseUrl) {
  const url = new URL('worker.js', baseUrl);
  if (threads) return startThread(url);
  const start = (/** @type {string} */ address) =>
    /** @type {WorkerLine} */ (
      /** @type {unknown} */ (new Worker(trusted(address), { type: 'module', name: 'umbra' }))
    );
  if (url.origin === location.origin) return start(url.href);
  // A script of another origin goes through a small one of this origin.
  const script = new Blob([`import ${JSON.stringify(url.href)};`], { type: 'text/javascript' });
  const local = URL.createObjectURL(script);
  setTimeout(() => URL.revokeObjectURL(local), 60_000);
  return start(local);
}

/** @param {string} storage that was asked for */
export function checkStorage(storage) {
  if (threads && storage !== 'memory')
    throw new UmbraError('EOPNOTSUPP', 'Node.js has no OPFS; open the workspace with {storage: "memory"}');
}
