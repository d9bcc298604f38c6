/**
 * The line to the worker: calls with promises, events, and a heartbeat while calls are open. A worker that dies or
 * stops answering is ended, and every open call fails.
 */
import { UmbraError } from '../worker/errors.js';

/** Milliseconds between two heartbeats, and without an answer until the worker counts as dead. */
const BEAT_EVERY = 500;
const DEAD_AFTER = 5000;

/** @typedef {{ resolve: (result: any) => void, reject: (error: Error) => void }} Waiting */

export class Link {
  #nextId = 1;
  /** @type {Map<number, Waiting>} */
  #waiting = new Map();
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #timer;
  #lastSign = 0;
  #beats = 0;
  #inUse = false;
  /** What calls fail with once the worker has ended. @type {UmbraError | null} */
  #dead = null;

  /**
   * @param {import('./start_worker.js').WorkerLine} worker
   * @param {(event: any) => void} onEvent
   * @param {(message: string) => void} onDeath called once
   */
  constructor(worker, onEvent, onDeath) {
    this.worker = worker;
    this.onEvent = onEvent;
    this.onDeath = onDeath;
    worker.onmessage = ({ data }) => this.#receive(data);
    this.#hold();
    worker.onerror = (event) => {
      event.preventDefault?.();
      const unloaded =
        'the worker could not be started: its script did not load; is its server (npm start) running?';
      this.#die(event.message ? `the worker failed: ${event.message}` : unloaded);
    };
  }

  /** @param {any} message */
  #receive(message) {
    this.#lastSign = performance.now();
    this.#beats = 0;
    if (message.event) {
      this.onEvent(message.event);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    if (!waiting) return;
    this.#waiting.delete(message.id);
    if (this.#waiting.size === 0) this.#stopBeating();
    const { error } = message;
    if (error) waiting.reject(new UmbraError(error.code, error.message, error.holder));
    else waiting.resolve(message.result);
  }

  /**
   * @param {string} method
   * @param {unknown} [parameters]
   * @param {Transferable[]} [transfer]
   * @returns {Promise<any>}
   */
  call(method, parameters, transfer = []) {
    if (this.#dead) return Promise.reject(this.#dead);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, method, parameters }, transfer);
      this.#startBeating();
    });
  }

  /** As call(), of which no answer is awaited. @param {string} method @param {unknown} parameters */
  tell(method, parameters) {
    if (!this.#dead) this.worker.postMessage({ id: 0, method, parameters });
  }

  #startBeating() {
    if (this.#timer) return;
    this.#lastSign = performance.now();
    this.#beats = 0;
    this.#timer = setInterval(() => {
      // A page in the background beats rarely: only beats that went unanswered count.
      if (this.#beats > 3 && performance.now() - this.#lastSign > DEAD_AFTER) {
        this.#die('the worker stopped answering');
        return;
      }
      this.#beats++;
      this.worker.postMessage({ id: 0, method: 'ping' });
    }, BEAT_EVERY);
    this.#hold();
  }

  /** Something is open beside calls: in Node.js the process stays for it. @param {boolean} inUse */
  use(inUse) {
    this.#inUse = inUse;
    this.#hold();
  }

  #hold() {
    this.worker.hold?.(this.#inUse || this.#timer !== undefined);
  }

  #stopBeating() {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#hold();
  }

  /** @param {string} reason */
  #die(reason) {
    if (this.#dead) return;
    this.end(reason);
    this.onDeath(reason);
  }

  /**
   * Ends the worker; open calls fail with the reason, later ones with `after`.
   * @param {string} reason
   * @param {UmbraError} [after]
   */
  end(reason, after = new UmbraError('EIO', 'the worker has stopped; reopen the workspace')) {
    this.#dead = after;
    this.#stopBeating();
    this.worker.onmessage = null; // what is on its way comes too late
    this.worker.terminate();
    for (const { reject } of this.#waiting.values()) reject(new UmbraError(after.code, reason));
    this.#waiting.clear();
  }
}
