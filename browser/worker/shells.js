/**
 * Shells that the page opens. `exec` runs one command line and answers with all that it wrote; `open` gives a shell
 * whose input and output go on as long as it lives, as bytes or as a terminal.
 */
import { UmbraError } from './errors.js';
import { Streams } from './streams.js';

/** Bytes that the answer to an exec may have; beyond it the command is ended. */
const MAX_OUTPUT = 64 * 2 ** 20;
/** 128 + SIGKILL, the exit status of what was killed. */
const KILLED = 137;

/**
 * @typedef {object} ShellOptions as of the operation `shell_open`, docs/protocol.md
 * @property {string[]} [argv]
 * @property {string[]} [environment] "NAME=value"
 * @property {string} [directory]
 * @property {{ path: string, text: string, mode?: number }[]} [files]
 * @property {{ columns: number, rows: number }} [terminal]
 *
 * @typedef {{ shell: number, stdin: number, stdout: number, stderr: number, terminal?: number }} Opened
 *
 * @typedef {object} ExecOptions
 * @property {number} id by which `execStop` knows it
 * @property {Uint8Array} [stdin]
 * @property {number} [maxOutput] bytes
 * @property {number} [timeoutMs]
 */

/** The bytes of one output, up to a limit. */
class Collected {
  /** @type {Uint8Array<ArrayBuffer>[]} */
  #pieces = [];
  size = 0;

  /** @param {Uint8Array<ArrayBuffer>} bytes */
  add(bytes) {
    this.#pieces.push(bytes);
    this.size += bytes.length;
  }

  bytes() {
    if (this.#pieces.length === 1) return this.#pieces[0];
    const all = new Uint8Array(this.size);
    let at = 0;
    for (const piece of this.#pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }
}

export class Shells {
  #streams;
  /** What to do when a shell has ended. @type {Map<number, (status: number) => void>} */
  #ends = new Map();
  /** @type {Map<number, import('./streams.js').Input>} */
  #inputs = new Map();
  /** Terminals by their shells. @type {Map<number, number>} */
  #terminals = new Map();
  /** Ends an exec early. @type {Map<number, (error: UmbraError) => void>} */
  #stops = new Map();

  /**
   * @param {import('./core.js').Core} core
   * @param {(event: object, transfer?: Transferable[]) => void} emit
   */
  constructor(core, emit) {
    this.core = core;
    this.emit = emit;
    this.#streams = new Streams(core);
    core.streams = this.#streams;
  }

  /** Whether an event of the core was for a shell. @param {any} event */
  take(event) {
    if (event.type !== 'shell_end') return false;
    const end = this.#ends.get(event.shell);
    this.#ends.delete(event.shell);
    end?.(event.status);
    return true;
  }

  /** @param {ShellOptions} options @returns {Promise<Opened>} */
  async open(options) {
    const { result } = await this.core.request({ op: 'shell_open', ...options });
    const { shell, stdin, stdout, stderr, terminal } = result;
    const outputs = terminal ? [terminal] : [stdout, stderr];
    for (const stream of outputs)
      this.#streams.openOutput(stream, (bytes) =>
        this.emit({ type: 'shell_output', stream, bytes }, [bytes.buffer]),
      );
    if (terminal) this.#terminals.set(shell, terminal);
    else this.#inputs.set(stdin, this.#streams.openInput(stdin));
    this.#ends.set(shell, (status) => {
      this.#streams.close([...outputs, stdin]);
      this.#inputs.delete(stdin);
      this.#terminals.delete(shell);
      this.emit({ type: 'shell_end', shell, status });
    });
    return result;
  }

  /** What the page has typed or written. @param {{ shell: number, stdin?: number, bytes: Uint8Array }} input */
  async write({ shell, stdin, bytes }) {
    const terminal = this.#terminals.get(shell);
    if (terminal !== undefined) {
      const delivered = this.core.deliver(this.core.constants.deliveries.STREAM_DATA, terminal, 0, bytes);
      if (!delivered) throw new UmbraError('ENOMEM', 'the browser gives this tab no more memory');
      return;
    }
    const input = this.#inputs.get(stdin ?? 0);
    if (!input) throw new UmbraError('EPIPE', 'the shell has ended and reads no more');
    await input.put(bytes);
  }

  /** No more input comes; a terminal hangs up. @param {{ shell: number, stdin?: number }} input */
  endInput({ shell, stdin }) {
    const terminal = this.#terminals.get(shell);
    if (terminal !== undefined) this.core.deliver(this.core.constants.deliveries.STREAM_END, terminal, 0);
    else this.#inputs.get(stdin ?? 0)?.end();
  }

  /** @param {{ stream: number, size: number }} taken */
  acknowledge({ stream, size }) {
    this.#streams.acknowledge(stream, size);
  }

  /** @param {{ shell: number, columns: number, rows: number }} size */
  resize({ shell, columns, rows }) {
    const terminal = this.#terminals.get(shell);
    if (terminal === undefined) return;
    this.core.deliver(this.core.constants.deliveries.STREAM_SIZE, terminal, columns + 65536 * rows);
  }

  /** @param {{ shell: number, signal: string }} what */
  async signal({ shell, signal }) {
    await this.core.request({ op: 'shell_signal', shell, signal });
  }

  /** @param {ShellOptions & ExecOptions} options */
  async exec({ id, stdin, maxOutput = MAX_OUTPUT, timeoutMs, ...options }) {
    /** @type {UmbraError | null} */
    let failure = null;
    /** @type {Opened | null} */
    let opened = null;
    const stop = (/** @type {UmbraError} */ error) => {
      if (failure) return;
      failure = error;
      if (opened) this.signal({ shell: opened.shell, signal: 'KILL' }).catch(() => undefined);
    };
    this.#stops.set(id, stop);
    const timer = timeoutMs
      ? setTimeout(
          () => stop(new UmbraError('ELIMIT', `the command took longer than ${timeoutMs} ms`)),
          timeoutMs,
        )
      : undefined;
    try {
      opened = /** @type {Opened} */ ((await this.core.request({ op: 'shell_open', ...options })).result);
      const answering = this.#collect(opened, stdin, maxOutput, stop);
      // Stopped before it had begun.
      if (failure) await this.signal({ shell: opened.shell, signal: 'KILL' });
      const answer = await answering;
      if (failure) throw /** @type {UmbraError} */ (failure);
      return answer;
    } finally {
      clearTimeout(timer);
      this.#stops.delete(id);
    }
  }

  /**
   * @param {Opened} opened
   * @param {Uint8Array | undefined} stdin
   * @param {number} maxOutput
   * @param {(error: UmbraError) => void} stop
   */
  async #collect({ shell, stdin: input, stdout, stderr }, stdin, maxOutput, stop) {
    const [output, errors] = [new Collected(), new Collected()];
    const gather = (/** @type {number} */ stream, /** @type {Collected} */ collected) =>
      this.#streams.openOutput(stream, (bytes) => {
        this.#streams.acknowledge(stream, bytes.length);
        if (output.size + errors.size + bytes.length <= maxOutput) collected.add(bytes);
        else stop(new UmbraError('ELIMIT', `the command wrote more than ${maxOutput} bytes (maxOutput)`));
      });
    gather(stdout, output);
    gather(stderr, errors);
    const source = this.#streams.openInput(input);
    if (stdin?.length) source.put(stdin).catch(() => undefined); // what is not read is lost
    source.end();
    const exitCode = await new Promise((resolve) => this.#ends.set(shell, resolve));
    this.#streams.close([input, stdout, stderr]);
    return { stdout: output.bytes(), stderr: errors.bytes(), exitCode };
  }

  /** @param {{ id: number }} exec */
  execStop({ id }) {
    this.#stops.get(id)?.(new UmbraError('ECANCELLED', 'the command was cancelled'));
  }

  /** The core is closed: what it would still have said. */
  close() {
    for (const stop of this.#stops.values()) stop(new UmbraError('ECANCELLED', 'the workspace was closed'));
    for (const end of this.#ends.values()) end(KILLED);
    this.#ends.clear();
  }

  /** Ends what still runs, before the workspace is closed. */
  async endAll() {
    const shells = [...this.#ends.keys()];
    await Promise.allSettled(shells.map((shell) => this.signal({ shell, signal: 'KILL' })));
  }
}
