/**
 * The WebAssembly core behind promises and events: memory in and out, requests and their answers, and the loop
 * that runs it in slices so that messages are seen in between.
 */
import createUmbraCore from '../../build/wasm/umbra_core.js';
import { UmbraError } from './errors.js';
import { caller } from './platform.js';

/** Milliseconds that the core may run before messages are looked at. */
const SLICE = 8;
const MESSAGE_SIZE = 512;
/** Milliseconds that a timer can wait at most; it is set again then. */
const LONGEST_WAIT = 2 ** 31 - 1;

/**
 * @typedef {object} CoreModule what Emscripten makes of browser/worker/wasm_host.c
 * @property {Uint8Array} HEAPU8
 * @property {(size: number) => number} _malloc
 * @property {(pointer: number) => void} _free
 * @property {(options: number, code: number, message: number, size: number) => number} _umbra_web_open
 * @property {(runtime: number, id: number, json: number, length: number, blob: number, size: number) => void} _umbra_submit
 * @property {(runtime: number, what: number, id: number, number: number, data: number, size: number) => void} _umbra_deliver
 * @property {(runtime: number, slice: number) => number} _umbra_run
 * @property {(runtime: number) => void} _umbra_close
 * @property {(runtime: number) => number} _umbra_web_next_wake
 * @property {() => number} _umbra_constants
 *
 * @typedef {{ version: string, errors: Record<string, number>, deliveries: Record<string, number>, blockFiles: string[] }} Constants
 * @typedef {{ result: any, blob: Uint8Array | null }} Answer
 *
 * @typedef {object} StreamHost the other end of what shells read and write; see stream_write and stream_read in
 *   core/include/umbra_host.h
 * @property {(stream: number, data: Uint8Array) => number} write data is valid during the call only
 * @property {(stream: number) => void} read
 * @property {() => void} settle the core has run for a while
 */

/** @param {Promise<Response | BufferSource>} wasm @param {WebAssembly.Imports} imports */
async function instantiate(wasm, imports) {
  const source = await wasm;
  const { instance } = await (source instanceof Response
    ? WebAssembly.instantiateStreaming(source, imports)
    : WebAssembly.instantiate(source, imports));
  return instance;
}

export class Core {
  /** @type {CoreModule} */
  #module;
  #runtime = 0;
  #nextId = 1;
  #scheduled = false;
  #caller = caller(() => this.#run());
  /** @type {Map<number, { resolve: (answer: Answer) => void, reject: (error: Error) => void }>} */
  #waiting = new Map();
  /** @type {import('./storage.js').Storage | null} */
  #storage = null;
  /** @type {import('./network.js').Network | null} */
  #network = null;
  /** @type {Constants} */
  constants;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {(json: string) => void} */
  onEvent = () => {};
  /** @type {StreamHost | null} */
  streams = null;

  /** @param {CoreModule} module */
  constructor(module) {
    this.#module = module;
    this.constants = JSON.parse(this.#string(module._umbra_constants()));
  }

  /**
   * @param {Promise<Response | BufferSource>} wasm the response with umbra_core.wasm, or its bytes
   * @returns {Promise<Core>}
   */
  static async load(wasm) {
    /** @type {{ core?: Core }} */
    const made = {};
    const host = Core.#host(() => /** @type {Core} */ (made.core));
    const module = await new Promise((resolve, reject) => {
      /** @param {WebAssembly.Imports} imports @param {(instance: WebAssembly.Instance) => void} done */
      const instantiateWasm = (imports, done) => {
        instantiate(wasm, imports).then(done, reject);
        return {};
      };
      createUmbraCore({ instantiateWasm, umbraHost: host }).then(resolve, reject);
    });
    made.core = new Core(module);
    return made.core;
  }

  /** The functions of browser/worker/wasm_library.js. @param {() => Core} core */
  static #host(core) {
    const storage = () => /** @type {import('./storage.js').Storage} */ (core().#storage);
    return {
      blockOpen: (/** @type {string} */ name) => storage().open(name),
      blockClose: (/** @type {number} */ handle) => storage().close(handle),
      blockSize: (/** @type {number} */ handle) => storage().size(handle),
      blockRead: (/** @type {number} */ handle, /** @type {Uint8Array} */ data, /** @type {number} */ at) =>
        storage().read(handle, data, at),
      blockWrite: (/** @type {number} */ handle, /** @type {Uint8Array} */ data, /** @type {number} */ at) =>
        storage().write(handle, data, at),
      blockTruncate: (/** @type {number} */ handle, /** @type {number} */ size) =>
        storage().truncate(handle, size),
      blockFlush: (/** @type {number} */ handle) => storage().flush(handle),
      fetchStart: (/** @type {number} */ id, /** @type {import('./network.js').CoreFetch} */ request) =>
        core().#fetch(id, request),
      fetchCancel: (/** @type {number} */ id) => core().#network?.cancel(id),
      streamWrite: (/** @type {number} */ stream, /** @type {Uint8Array} */ data) =>
        core().streams?.write(stream, data) ?? core().constants.errors.EPIPE,
      streamRead: (/** @type {number} */ stream) => core().streams?.read(stream),
      respond: (
        /** @type {number} */ id,
        /** @type {string} */ json,
        /** @type {Uint8Array | null} */ blob,
      ) => core().#respond(id, json, blob),
      emit: (/** @type {string} */ json) => core().onEvent(json),
    };
  }

  /**
   * @param {import('./storage.js').Storage} storage
   * @param {import('./network.js').Network} network
   * @param {object} options of umbra_open()
   */
  open(storage, network, options) {
    this.#storage = storage;
    this.#network = network;
    const json = this.#copyIn(new TextEncoder().encode(`${JSON.stringify(options)}\0`));
    const room = this.#module._malloc(MESSAGE_SIZE + 4);
    try {
      if (!json || !room) throw new UmbraError('ENOMEM', 'the browser gives this tab no more memory');
      this.#runtime = this.#module._umbra_web_open(json, room, room + 4, MESSAGE_SIZE);
      if (this.#runtime) return;
      const code = new DataView(this.#module.HEAPU8.buffer).getInt32(room, true);
      throw new UmbraError(this.#errorName(code), this.#string(room + 4));
    } finally {
      this.#module._free(json);
      this.#module._free(room);
    }
  }

  /** Bytes of WebAssembly memory: it grows as it is needed and does not shrink. */
  get memoryBytes() {
    return this.#module.HEAPU8.length;
  }

  /** @param {number} code */
  #errorName(code) {
    return Object.keys(this.constants.errors).find((name) => this.constants.errors[name] === code) ?? 'EIO';
  }

  /** @param {number} pointer */
  #string(pointer) {
    const heap = this.#module.HEAPU8;
    return new TextDecoder().decode(heap.subarray(pointer, heap.indexOf(0, pointer)));
  }

  /** A copy in the core's memory, to be freed; 0 without memory. @param {Uint8Array} bytes */
  #copyIn(bytes) {
    const pointer = this.#module._malloc(bytes.length || 1);
    if (pointer) this.#module.HEAPU8.set(bytes, pointer);
    return pointer;
  }

  /**
   * Submits an operation of the core.
   * @param {{ op: string, [key: string]: unknown }} request
   * @param {Uint8Array} [blob]
   * @returns {Promise<Answer>}
   */
  request(request, blob) {
    if (!this.#runtime) return Promise.reject(new UmbraError('EINVAL', 'the workspace is closed'));
    const json = new TextEncoder().encode(JSON.stringify(request));
    const text = this.#copyIn(json);
    const bytes = blob ? this.#copyIn(blob) : 0;
    const id = this.#nextId++;
    const promise = new Promise((resolve, reject) => this.#waiting.set(id, { resolve, reject }));
    if (!text || (blob && !bytes)) {
      this.#respond(
        id,
        '{"error":{"code":"ENOMEM","message":"the browser gives this tab no more memory"}}',
        null,
      );
    } else {
      this.#module._umbra_submit(this.#runtime, id, text, json.length, bytes, blob?.length ?? 0);
      this.#schedule();
    }
    this.#module._free(text);
    this.#module._free(bytes);
    return promise;
  }

  /** @param {number} id @param {string} json @param {Uint8Array | null} blob */
  #respond(id, json, blob) {
    const waiting = this.#waiting.get(id);
    const answer = JSON.parse(json);
    this.#waiting.delete(id);
    if (answer.error) waiting?.reject(new UmbraError(answer.error.code, answer.error.message));
    else waiting?.resolve({ result: answer.ok, blob });
  }

  /** @param {number} id @param {import('./network.js').CoreFetch} request */
  #fetch(id, request) {
    const kinds = this.constants.deliveries;
    const encode = (/** @type {string} */ text) => new TextEncoder().encode(text);
    this.#network?.start(id, request, {
      head: (status, headers) => this.#deliver(kinds.FETCH_HEAD, id, status, encode(headers)),
      data: (bytes) => this.#deliver(kinds.FETCH_DATA, id, 0, bytes),
      end: () => this.#deliver(kinds.FETCH_END, id, 0, encode('')),
      error: (sentence) => this.#deliver(kinds.FETCH_ERROR, id, 0, encode(sentence)),
    });
    return 0;
  }

  /** Of a fetch. @param {number} what @param {number} id @param {number} number @param {Uint8Array} bytes */
  #deliver(what, id, number, bytes) {
    if (this.deliver(what, id, number, bytes)) return;
    this.#network?.cancel(id);
    this.deliver(this.constants.deliveries.FETCH_ERROR, id, 0);
  }

  /**
   * @param {number} what of `constants.deliveries`
   * @param {number} id
   * @param {number} number
   * @param {Uint8Array} [bytes]
   * @returns {boolean} false: there is no memory for the bytes
   */
  deliver(what, id, number, bytes) {
    if (!this.#runtime) return true;
    const pointer = bytes?.length ? this.#copyIn(bytes) : 0;
    if (bytes?.length && !pointer) return false;
    this.#module._umbra_deliver(this.#runtime, what, id, number, pointer, bytes?.length ?? 0);
    this.#module._free(pointer);
    this.#schedule();
    return true;
  }

  #schedule() {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#caller.call();
  }

  #run() {
    this.#scheduled = false;
    if (!this.#runtime) return;
    const more = this.#module._umbra_run(this.#runtime, SLICE);
    this.streams?.settle();
    if (more) this.#schedule();
    else this.#wake();
  }

  /** Runs again when a process that sleeps wants it. */
  #wake() {
    clearTimeout(this.#timer);
    const wait = this.#module._umbra_web_next_wake(this.#runtime);
    if (wait >= 0) this.#timer = setTimeout(() => this.#schedule(), Math.min(wait, LONGEST_WAIT));
  }

  close() {
    this.#network?.cancelAll();
    clearTimeout(this.#timer);
    if (this.#runtime) this.#module._umbra_close(this.#runtime);
    this.#runtime = 0;
    this.#storage?.dispose();
    for (const { reject } of this.#waiting.values())
      reject(new UmbraError('ECANCELLED', 'the workspace was closed'));
    this.#waiting.clear();
    this.#caller.close();
  }
}
