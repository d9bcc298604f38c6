/**
 * Who holds a workspace: at most one worker (or a deletion) of the browser at a time. The Web Lock `umbra:NAME`
 * decides, since the browser gives it back however its holder ends. A lock carries no questions, so a BroadcastChannel
 * of the same name does: it reaches the same tabs and workers as the lock and the files, and the worker that holds the
 * workspace hears it even while its page is busy or in the background.
 */
import { UmbraError } from './errors.js';

/** How long a holder is waited for, in milliseconds; `lockWaitMs` of `Umbra.open()`. */
export const LOCK_WAIT = 3000;
/** Milliseconds between two questions: the holder may have changed meanwhile. */
const ASK_EVERY = 250;
/** Answers to "who" after which the lock is not waited for: a tab that is just closing may still give one. */
const SURE_AFTER = 2;

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
 * Waits for the lock, and asks its holder meanwhile: who it is, or with a reason to hand over. Ends without the lock
 * when there is no answer within `wait`; when a holder that is asked to hand over does not within `wait` of its
 * answer; when a holder that is left alone is surely there.
 * @param {BroadcastChannel} channel
 * @param {Reason | undefined} reason
 * @param {number} wait milliseconds
 * @returns {Promise<{ grant: Grant | null, holder: Holder | null }>}
 */
async function contend(channel, reason, wait) {
  const stop = new AbortController();
  /** @type {Holder | null} */
  let holder = null;
  let answers = 0;
  let timer = setTimeout(() => stop.abort(), wait);
  channel.onmessage = ({ data }) => {
    if (!data.holder) return;
    holder = data.holder;
    answers++;
    if (!reason && answers === SURE_AFTER) stop.abort();
    if (!reason || answers > 1) return;
    clearTimeout(timer);
    timer = setTimeout(() => stop.abort(), wait);
  };
  const ask = () => channel.postMessage(reason ? { ask: 'hand_over', reason } : { ask: 'who' });
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
  const { grant, holder } = await contend(channel, reason, wait);
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
