/**
 * Who holds a workspace: at most one worker (or a deletion) of the browser at a time. The Web Lock `umbra:NAME`
 * decides, since the browser gives it back however its holder ends. A lock carries no questions, so a BroadcastChannel
 * of the same name does: it reaches the same tabs and workers as the lock and the files, and the worker that holds the
 * workspace hears it even while its page is busy or in the background.
 */
import { UmbraError } from './errors.js';

/** How long a holder is waited for, in milliseconds; `lockWaitMs` of `Umbra.open()`. */
export const LOCK_WAIT = 3000;
/** How long the lock of a holder that has answered is waited for still: it may be in the middle of closing. */
const SETTLE_WAIT = 150;
/** Milliseconds between two questions: the holder may have changed meanwhile. */
const ASK_EVERY = 250;

/**
 * @typedef {'taken_over' | 'deleted'} Reason what another wants the workspace for
 * @typedef {{ since: number }} Holder when it was opened there, in milliseconds since 1970-01-01 UTC
 * @typedef {{ release: () => void, onStolen: () => void }} Grant
 */

/** @param {string} workspace */
export const lockName = (workspace) => `umbra:${workspace}`;

/**
 * Asks for a lock. Resolves when it is granted, with null when `ifAvailable` found it taken; rejects when aborted.
 * @param {string} name
 * @param {LockOptions} options
 * @returns {Promise<Grant | null>}
 */
function requestLock(name, options) {
  return new Promise((resolve, reject) => {
    /** @type {Grant} */
    const grant = { release: () => undefined, onStolen: () => undefined };
    navigator.locks
      .request(name, options, (lock) => {
        if (!lock) return resolve(null);
        return new Promise((release) => {
          grant.release = () => release(undefined);
          resolve(grant);
        });
      })
      .catch((error) => {
        reject(error); // says nothing any more once the lock was granted
        grant.onStolen();
      });
  });
}

/** The lock when nobody has it, else null. @param {string} workspace @returns {Promise<Grant | null>} */
export const lockIfFree = (workspace) => requestLock(lockName(workspace), { ifAvailable: true });

/**
 * Waits for the lock, and asks its holder meanwhile.
 * @param {BroadcastChannel} channel
 * @param {object} question
 * @param {number} wait milliseconds until the holder must have answered
 * @param {number} afterAnswer milliseconds from its answer to the end of waiting
 * @returns {Promise<{ grant: Grant | null, holder: Holder | null }>}
 */
async function contend(channel, question, wait, afterAnswer) {
  const stop = new AbortController();
  /** @type {Holder | null} */
  let holder = null;
  let timer = setTimeout(() => stop.abort(), wait);
  channel.onmessage = ({ data }) => {
    if (!data.holder || holder) return;
    holder = data.holder;
    clearTimeout(timer);
    timer = setTimeout(() => stop.abort(), afterAnswer);
  };
  const ask = () => channel.postMessage(question);
  const asking = setInterval(ask, ASK_EVERY);
  ask();
  try {
    return { grant: await requestLock(channel.name, { signal: stop.signal }), holder };
  } catch {
    return { grant: null, holder };
  } finally {
    clearTimeout(timer);
    clearInterval(asking);
    channel.onmessage = null;
  }
}

/** @param {string} workspace @param {Holder | null} holder */
function busy(workspace, holder) {
  const how = holder ? 'is open in another tab' : 'is held by a tab that does not answer';
  return new UmbraError(
    'EBUSY',
    `the workspace "${workspace}" ${how}; close it there and try again, or take it over`,
    holder ?? undefined,
  );
}

export class Hold {
  /** The holder before was overridden without an answer; its files may still be open. */
  overrode = false;
  /** Settles when another asks for the workspace or has taken it: whoever holds it closes it and calls release(). */
  lost;
  #channel;
  #grant;

  /** @param {BroadcastChannel} channel @param {Grant} grant */
  constructor(channel, grant) {
    this.#channel = channel;
    this.#grant = grant;
    /** @type {Holder} */
    const holder = { since: Date.now() };
    /** @type {Promise<Reason>} */
    this.lost = new Promise((resolve) => {
      grant.onStolen = () => resolve('taken_over');
      channel.onmessage = ({ data }) => {
        if (!data.ask) return;
        channel.postMessage({ holder });
        if (data.ask !== 'hand_over') return;
        channel.onmessage = null; // it is being closed: nobody else is told that it is held
        resolve(data.reason);
      };
    });
  }

  release() {
    this.#channel.close();
    this.#grant.release();
  }
}

/**
 * Takes hold of a workspace. With `reason` its holder is asked to hand it over, and overridden when it does not answer
 * within `wait` or does not let go within `wait` after its answer. Without, a holder that answers is left alone.
 * @param {string} workspace
 * @param {{ reason?: Reason, wait?: number }} [options]
 * @returns {Promise<Hold>} rejects with EBUSY
 */
export async function takeHold(workspace, { reason, wait = LOCK_WAIT } = {}) {
  const free = await lockIfFree(workspace);
  const channel = new BroadcastChannel(lockName(workspace));
  if (free) return new Hold(channel, free);
  const question = reason ? { ask: 'hand_over', reason } : { ask: 'who' };
  const { grant, holder } = await contend(channel, question, wait, reason ? wait : SETTLE_WAIT);
  if (grant) return new Hold(channel, grant);
  if (!reason) {
    channel.close();
    throw busy(workspace, holder);
  }
  const stolen = /** @type {Grant} */ (await requestLock(channel.name, { steal: true }));
  const hold = new Hold(channel, stolen);
  hold.overrode = true;
  return hold;
}
