/** The changeset: what differs from the imported folder, what the user accepts of it, and its ways out. */
import { plural, sentence } from './format.js';
import { isGone } from './gone.js';

/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('../../client/umbra.js').Change} Change */
/** @typedef {import('../../client/umbra.js').FileDiff} FileDiff */
/** @typedef {import('../../client/umbra.js').CommitResult} CommitResult */

/** @typedef {{ added: number, removed: number, binary: boolean, tooLarge: boolean }} Stat */

/**
 * @typedef {object} Review
 * @property {Change[]} changes
 * @property {number} revision grows with every reading of the list; diffs of an older one are stale
 * @property {boolean} loaded
 * @property {boolean} canCommit the browser can write the imported folder
 * @property {Set<string>} left paths that the user does not accept; everything else is accepted
 * @property {Map<string, Stat>} stats line counts, as far as they are known
 * @property {'' | 'commit' | 'zip' | 'discard'} busy
 * @property {Outcome | null} outcome
 */

/** @typedef {{ kind: 'commit', result: CommitResult } | { kind: 'zip', files: number } | { kind: 'problem', message: string }} Outcome */

const REFRESH_MS = 200;
/** Line counts are read ahead for so many files; the others get theirs when they are opened. */
const STATS = 200;

/** @type {WeakMap<Session, ReturnType<typeof setTimeout>>} */
const timers = new WeakMap();

/** @param {Session} session */
export function scheduleChanges(session) {
  clearTimeout(timers.get(session));
  timers.set(
    session,
    setTimeout(() => {
      if (session.state.phase === 'ready') void session.run(() => refreshChanges(session)); // else opening reads it
    }, REFRESH_MS),
  );
}

/** @param {Session} session */
export async function refreshChanges(session) {
  const { client } = session;
  const gone = () => client !== session.client || isGone(session.state);
  if (!client || gone()) return;
  const [changes, canCommit] = await Promise.all([client.changes(), client.canCommit()]).catch((error) => {
    if (gone()) return [];
    throw error;
  });
  if (!changes || gone()) return;
  const { review } = session.state;
  const paths = new Set(changes.map((change) => change.path));
  const left = new Set([...review.left].filter((path) => paths.has(path)));
  const stats = new Map([...review.stats].filter(([path]) => paths.has(path)));
  const revision = review.revision + 1;
  session.setReview({ changes, canCommit, left, stats, revision, loaded: true });
  void readStats(session, changes, revision);
}

/**
 * Reads line counts one file after the other, and stops when the list has moved on.
 * @param {Session} session
 * @param {Change[]} changes
 * @param {number} revision
 */
async function readStats(session, changes, revision) {
  /** @type {Map<string, Stat>} */
  const found = new Map();
  for (const change of changes.filter(({ type }) => type === 'file').slice(0, STATS)) {
    if (session.state.review.revision !== revision || isGone(session.state)) break;
    try {
      const { added, removed, binary, tooLarge } = await session.ready.diff(change.path);
      found.set(change.path, { added, removed, binary, tooLarge });
    } catch (_error) {
      continue; // opening the file shows why
    }
    if (found.size % 20 === 0) publish(session, found);
  }
  publish(session, found);
}

/**
 * @param {Session} session
 * @param {Map<string, Stat>} found
 */
function publish(session, found) {
  if (found.size > 0) session.setReview({ stats: new Map([...session.state.review.stats, ...found]) });
}

/** @param {Session} session */
export function forgetReview(session) {
  session.setReview({ left: new Set(), stats: new Map(), outcome: null });
}

/** @param {Review} review */
export function acceptedPaths({ changes, left }) {
  return changes.map((change) => change.path).filter((path) => !left.has(path));
}

/**
 * @param {Session} session
 * @param {string} path
 * @param {boolean} accepted
 */
export function accept(session, path, accepted) {
  const left = new Set(session.state.review.left);
  if (accepted) left.delete(path);
  else left.add(path);
  session.setReview({ left });
}

/**
 * @param {Session} session
 * @param {boolean} accepted
 */
export function acceptAll(session, accepted) {
  const { changes } = session.state.review;
  session.setReview({ left: new Set(accepted ? [] : changes.map((change) => change.path)) });
}

/**
 * Must be called from the click: the browser may ask for permission to write.
 * @param {Session} session
 */
export function commit(session) {
  const paths = acceptedPaths(session.state.review);
  return work(session, 'commit', async () => ({ kind: 'commit', result: await session.ready.commit(paths) }));
}

/** @param {Session} session */
export function zip(session) {
  const paths = acceptedPaths(session.state.review);
  return work(session, 'zip', async () => {
    save(await session.ready.zip(paths), `${session.state.folder || 'umbra'}-changes.zip`);
    return { kind: 'zip', files: paths.length };
  });
}

/**
 * @param {Session} session
 * @param {string[]} paths
 */
export async function discard(session, paths) {
  const what = paths.length === 1 ? `${paths[0]} goes` : `${plural(paths.length, 'change')} go`;
  const yes = await session.ask({
    title: 'Discard?',
    text: `${what} back to what was imported. This cannot be undone.`,
    action: 'Discard',
    danger: true,
  });
  if (yes) await work(session, 'discard', async () => void (await session.ready.discard(paths)));
}

/**
 * @param {Session} session
 * @param {Review['busy']} busy
 * @param {() => Promise<Outcome | void>} job
 */
async function work(session, busy, job) {
  session.setReview({ busy, outcome: null });
  try {
    const outcome = await job();
    if (outcome) session.setReview({ outcome });
  } catch (error) {
    session.setReview({ outcome: { kind: 'problem', message: sentence(error) } });
  } finally {
    session.setReview({ busy: '' });
    await session.run(() => refreshChanges(session));
  }
}

/**
 * @param {Blob} blob
 * @param {string} name
 */
function save(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
