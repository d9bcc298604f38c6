/**
 * What differs between a browser's worker and a worker thread of Node.js: the line to the client, and where the
 * WebAssembly comes from.
 */

/** Modules of Node.js, without an import that a browser would stumble over. */
const builtin = /** @type {any} */ (globalThis).process?.getBuiltinModule;

/** @type {typeof import('node:worker_threads') | null} null: a browser */
const threads = builtin?.('node:worker_threads') ?? null;
export const IS_NODE = threads !== null;

if (threads) {
  // The loader that Emscripten makes asks a worker for its address, to no purpose here.
  Object.assign(globalThis, { self: globalThis, location: { href: '' } });
}

/** @param {unknown} message @param {Transferable[]} [transfer] */
export function post(message, transfer = []) {
  if (threads) threads.parentPort?.postMessage(message, /** @type {any} */ (transfer));
  else self.postMessage(message, { transfer });
}

/** @param {(message: any) => void} take */
export function onMessage(take) {
  if (threads) threads.parentPort?.on('message', take);
  else self.onmessage = ({ data }) => take(data);
}

/** @param {URL} url @returns {Promise<Response | Uint8Array<ArrayBuffer>>} */
export function load(url) {
  return threads ? builtin('node:fs').promises.readFile(url) : fetch(url);
}

/**
 * A function that has `run` called soon, after the messages that are waiting. A message to oneself is the fastest way
 * in browsers, where timers are held back; Node.js would handle a thousand of them before it looks at anything else.
 * @param {() => void} run
 */
export function caller(run) {
  const { setImmediate } = /** @type {any} */ (globalThis);
  if (threads) return { call: () => setImmediate(run), close: () => undefined };
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = run;
  return { call: () => port2.postMessage(null), close: () => port1.close() };
}
