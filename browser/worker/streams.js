/**
 * What shells read and write, between the core and the page. What is written is gathered while the core runs and sent
 * in pieces; a writer whose reader is slow is held back, so that neither side keeps more than a window. What is read
 * is handed to the core piece by piece as it asks.
 */
import { UmbraError } from './errors.js';

/** Bytes of a stream that may be on their way to a reader that has not taken them yet. */
export const WINDOW = 1 << 20;
/** Bytes that are sent at once: UMBRA_STREAM_PIECE of core/include/umbra.h. */
const PIECE = 1 << 16;

/** @typedef {(bytes: Uint8Array<ArrayBuffer>) => void} Take is handed what was written; the bytes are its own */

class Output {
  /** @type {Uint8Array<ArrayBuffer> | null} */
  #pending = null;
  #size = 0;
  #window = WINDOW;
  #full = false;

  /** @param {Take} take */
  constructor(take) {
    this.take = take;
  }

  /** @param {Uint8Array} data @returns {number} bytes that were taken */
  write(data) {
    if (this.#size === PIECE) this.flush();
    const size = Math.min(data.length, PIECE - this.#size, this.#window);
    this.#full = size === 0;
    this.#pending ??= new Uint8Array(PIECE);
    this.#pending.set(data.length === size ? data : data.subarray(0, size), this.#size);
    this.#size += size;
    this.#window -= size;
    return size;
  }

  flush() {
    const pending = this.#pending;
    const size = this.#size;
    if (!pending || size === 0) return;
    this.#size = 0;
    if (size === PIECE) this.#pending = null;
    this.take(size === PIECE ? pending : pending.slice(0, size));
  }

  /** The reader has taken so many bytes. @param {number} size @returns {boolean} whether the writer waits for that */
  acknowledge(size) {
    const waits = this.#full && size > 0;
    this.#window += size;
    if (waits) this.#full = false;
    return waits;
  }
}

export class Input {
  /** @type {{ bytes: Uint8Array, at: number, done: (error?: UmbraError) => void }[]} */
  #queue = [];
  wanted = false;
  #ended = false;

  /** @param {(bytes: Uint8Array | null) => void} deliver null: the end */
  constructor(deliver) {
    this.deliver = deliver;
  }

  /** Settles when the core has all of it. @param {Uint8Array} bytes @returns {Promise<void>} */
  put(bytes) {
    if (this.#ended) throw new UmbraError('EPIPE', 'the input was ended before');
    return new Promise((resolve, reject) => {
      const done = (/** @type {UmbraError | undefined} */ error) => (error ? reject(error) : resolve());
      if (bytes.length) this.#queue.push({ bytes, at: 0, done });
      else resolve();
      this.pump();
    });
  }

  end() {
    this.#ended = true;
    this.pump();
  }

  /** Nobody reads it any more. */
  drop() {
    const rest = this.#queue;
    this.#queue = [];
    for (const { done } of rest) done(new UmbraError('EPIPE', 'the shell has ended and reads no more'));
  }

  pump() {
    if (!this.wanted) return;
    const [first] = this.#queue;
    if (!first && !this.#ended) return;
    this.wanted = false;
    if (!first) {
      this.deliver(null);
      return;
    }
    const piece = first.bytes.subarray(first.at, first.at + PIECE);
    first.at += piece.length;
    this.deliver(piece);
    if (first.at < first.bytes.length) return;
    this.#queue.shift();
    first.done();
  }
}

/** The core's StreamHost. */
export class Streams {
  /** @type {Map<number, Output>} */
  #outputs = new Map();
  /** @type {Map<number, Input>} */
  #inputs = new Map();

  /** @param {import('./core.js').Core} core */
  constructor(core) {
    this.core = core;
  }

  /** @param {number} stream @param {Take} take */
  openOutput(stream, take) {
    this.#outputs.set(stream, new Output(take));
  }

  /** @param {number} stream */
  openInput(stream) {
    const { STREAM_DATA, STREAM_END } = this.core.constants.deliveries;
    const input = new Input((bytes) => {
      const delivered = this.core.deliver(bytes ? STREAM_DATA : STREAM_END, stream, 0, bytes ?? undefined);
      if (!delivered) throw new UmbraError('ENOMEM', 'the browser gives this tab no more memory');
    });
    this.#inputs.set(stream, input);
    return input;
  }

  /** Sends what is left and forgets the streams. @param {number[]} streams */
  close(streams) {
    for (const stream of streams) {
      this.#outputs.get(stream)?.flush();
      this.#outputs.delete(stream);
      this.#inputs.get(stream)?.drop();
      this.#inputs.delete(stream);
    }
  }

  /** @param {number} stream @param {number} size */
  acknowledge(stream, size) {
    if (this.#outputs.get(stream)?.acknowledge(size))
      this.core.deliver(this.core.constants.deliveries.STREAM_READY, stream, 0);
  }

  /** @param {number} stream @param {Uint8Array} data */
  write(stream, data) {
    return this.#outputs.get(stream)?.write(data) ?? this.core.constants.errors.EPIPE;
  }

  /** @param {number} stream */
  read(stream) {
    const input = this.#inputs.get(stream);
    if (!input) return;
    input.wanted = true;
    // The core is in the middle of a call: it gets its bytes after that.
    queueMicrotask(() => input.pump());
  }

  settle() {
    for (const output of this.#outputs.values()) output.flush();
  }
}
