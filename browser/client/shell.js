/** A shell of the page's own: what it writes and reads as streams, its end as a promise. */
import { UmbraError } from '../worker/errors.js';

/** Bytes that are kept for a reader who has not come yet; the shell is held back beyond. */
const KEPT = 1 << 16;

/** @typedef {import('./link.js').Link} Link */

/** What a shell writes into one stream. */
class Output {
  /** @type {ReadableStreamDefaultController<Uint8Array> | null} */
  #controller = null;
  #ended = false;

  /** @param {Link} link @param {number} stream */
  constructor(link, stream) {
    /** Bytes that were handed to the reader's queue and not acknowledged. */
    let owed = 0;
    const acknowledge = () => {
      if (owed === 0 || this.#ended) return;
      link.tell('acknowledge', { stream, size: owed });
      owed = 0;
    };
    this.take = (/** @type {Uint8Array} */ bytes) => {
      owed += bytes.length;
      this.#controller?.enqueue(bytes);
      if ((this.#controller?.desiredSize ?? 1) > 0) acknowledge();
    };
    this.readable = new ReadableStream(
      /** @type {UnderlyingDefaultSource<Uint8Array>} */ ({
        start: (controller) => void (this.#controller = controller),
        pull: acknowledge,
        cancel: () => {
          this.#controller = null; // what still comes is thrown away
        },
      }),
      { highWaterMark: KEPT, size: ({ length }) => length },
    );
  }

  /** @param {Error} [error] */
  end(error) {
    if (this.#ended) return;
    this.#ended = true;
    if (error) this.#controller?.error(error);
    else this.#controller?.close();
  }
}

export class Shell {
  #link;
  #opened;
  /** @type {Map<number, Output>} */
  #outputs;
  /** @type {(status: number) => void} */
  #settle = () => {};
  /** @type {(error: Error) => void} */
  #fail = () => {};

  /**
   * @param {Link} link
   * @param {{ shell: number, stdin: number, stdout: number, stderr: number, terminal?: number }} opened
   */
  constructor(link, opened) {
    this.#link = link;
    this.#opened = opened;
    const { stdin, stdout, stderr, terminal } = opened;
    this.#outputs = new Map(
      (terminal ? [terminal] : [stdout, stderr]).map((stream) => [stream, new Output(link, stream)]),
    );
    const readable = (/** @type {number} */ stream) =>
      /** @type {Output} */ (this.#outputs.get(stream)).readable;
    /** What it writes; of a terminal all of it. */
    this.stdout = readable(terminal ?? stdout);
    /** Null for a terminal. */
    this.stderr = terminal ? null : readable(stderr);
    const { shell } = opened;
    const encoder = new TextEncoder();
    /** @type {WritableStream<Uint8Array | string>} */
    this.stdin = new WritableStream({
      write: (data) =>
        link.call('shellWrite', {
          shell,
          stdin,
          bytes: typeof data === 'string' ? encoder.encode(data) : data,
        }),
      close: () => link.call('shellEndInput', { shell, stdin }),
      abort: () => link.call('shellEndInput', { shell, stdin }),
    });
    /** @type {Promise<number>} its exit status */
    this.exited = new Promise((resolve, reject) => {
      this.#settle = resolve;
      this.#fail = reject;
    });
    this.exited.catch(() => undefined); // who waits for it hears of it
  }

  get number() {
    return this.#opened.shell;
  }

  /** Whether output was for one of its streams. @param {number} stream @param {Uint8Array} bytes */
  take(stream, bytes) {
    const output = this.#outputs.get(stream);
    output?.take(bytes);
    return output !== undefined;
  }

  /** @param {number} status */
  end(status) {
    for (const output of this.#outputs.values()) output.end();
    this.#settle(status);
  }

  /** The worker is gone. @param {Error} error */
  fail(error) {
    for (const output of this.#outputs.values()) output.end(error);
    this.#fail(error);
  }

  /** @param {string} [signal] a name, as "INT" */
  async kill(signal = 'TERM') {
    await this.#link.call('shellSignal', { shell: this.number, signal });
  }

  /** @param {number} columns @param {number} rows */
  resize(columns, rows) {
    this.#link.tell('shellResize', { shell: this.number, columns, rows });
  }
}

/**
 * The core's options from what a program gives.
 * @param {import('./umbra.js').ShellOptions} options
 */
export function shellOptions({ env = {}, cwd, files = {}, args = [] }) {
  for (const [name, value] of Object.entries(env)) {
    if (name.includes('=') || name === '' || typeof value !== 'string')
      throw new UmbraError('EINVAL', `env: "${name}" is no name with a text as its value`);
  }
  return {
    argv: args.map(String),
    environment: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    files: Object.entries(files).map(([path, file]) =>
      typeof file === 'string' ? { path, text: file } : { path, ...file },
    ),
    ...(cwd === undefined ? {} : { directory: cwd }),
  };
}
