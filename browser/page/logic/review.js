/** The changeset: what differs from the imported folder, what the user accepts of it, and its ways out. */
import { plural, sentence } from './format.js';
import { isGone } from './gone.js';
import { save } from './saving.js';

/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('../../client/umbra.js').Change} Change */
/** @typedef {import('../../client/umbra.js').FileDiff} FileDiff */
/** @typedef {import('../../client/umbra.js').CommitResult} CommitResult */
/** @typedef {import('../../client/umbra.js').UndoResult} UndoResult */

/** @typedef {import('../../client/umbra.js').Selection} Selection */

/** @typedef {{ added: number, removed: number, binary: boolean, tooLarge: boolean }} Stat */

/**
 * Hunks that the user leaves out of a file that is accepted otherwise: some, but not all.
 * @typedef {{ id: string, total: number, left: Set<number> }} Part
 */

/**
 * @typedef {object} Review
 * @property {Change[]} changes
 * @property {number} revision grows with every reading of the list; diffs of an older one are stale
 * @property {boolean} loaded
 * @property {boolean} canCommit the browser can write the imported folder
 * @property {Set<string>} left paths that the user does not accept; everything else is accepted
 * @property {Map<string, Part>} parts by path; only of accepted files
 * @property {Map<string, Stat>} stats line counts, as far as they are known
 * @property {'' | 'commit' | 'undo' | 'zip' | 'discard'} busy
 * @property {Outcome | null} outcome
 */

/** @typedef {{ kind: 'commit', result: CommitResult } | { kind: 'undo', result: UndoResult } | { kind: 'zip', files: number } | { kind: 'problem', message: string }} Outcome */

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
  const parts = new Map([...review.parts].filter(([path]) => paths.has(path)));
  const stats = new Map([...review.stats].filter(([path]) => paths.has(path)));
  const revision = review.revision + 1;
  session.setReview({ changes, canCommit, left, parts, stats, revision, loaded: true });
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
      const diff = await session.ready.diff(change.path);
      noteDiff(session, diff);
      const { added, removed, binary, tooLarge } = diff;
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
  session.setReview({ left: new Set(), parts: new Map(), stats: new Map(), outcome: null });
}

/** @param {Review} review */
export function acceptedPaths({ changes, left }) {
  return changes.map((change) => change.path).filter((path) => !left.has(path));
}

/** @param {Part} part */
function takenOf({ total, left }) {
  return Array.from({ length: total }, (_, i) => i + 1).filter((index) => !left.has(index));
}

/** What is accepted, as the client takes it. @param {Review} review @returns {Selection[]} */
function acceptedSelection(review) {
  return acceptedPaths(review).map((path) => {
    const part = review.parts.get(path);
    return part ? { path, id: part.id, hunks: takenOf(part) } : path;
  });
}

/**
 * @param {Session} session
 * @param {string} path
 * @param {boolean} accepted
 */
export function accept(session, path, accepted) {
  setLeft(session, path, accepted ? null : 'all');
}

/**
 * Leaves a file, some of its hunks or nothing of it out.
 * @param {Session} session
 * @param {string} path
 * @param {Part | 'all' | null} what
 */
function setLeft(session, path, what) {
  const left = new Set(session.state.review.left);
  const parts = new Map(session.state.review.parts);
  if (what === 'all') left.add(path);
  else left.delete(path);
  if (what && what !== 'all') parts.set(path, what);
  else parts.delete(path);
  session.setReview({ left, parts });
}

/** Whether hunks of a change can be taken alone. @param {Change} change @param {FileDiff} diff */
export function hasHunks({ kind, oldType }, { hunks }) {
  return (kind === 'modified' || kind === 'renamed') && !oldType && hunks.length > 1;
}

/** @param {Review} review @param {string} path @param {number} index */
export function isHunkAccepted({ left, parts }, path, index) {
  return !left.has(path) && !parts.get(path)?.left.has(index);
}

/**
 * @param {Session} session
 * @param {FileDiff} diff
 * @param {number} index
 * @param {boolean} accepted
 */
export function acceptHunk(session, { path, id, hunks }, index, accepted) {
  const { review } = session.state;
  const all = hunks.map((hunk) => hunk.index);
  const left = new Set(all.filter((one) => !isHunkAccepted(review, path, one)));
  if (accepted) left.delete(index);
  else left.add(index);
  if (left.size === 0) setLeft(session, path, null);
  else setLeft(session, path, left.size === all.length ? 'all' : { id, total: all.length, left });
}

/**
 * A choice of hunks is good for the diff that it was made in. When the file has moved on, nothing of it is accepted
 * until the user says so.
 * @param {Session} session
 * @param {FileDiff} diff
 */
export function noteDiff(session, { path, id }) {
  const part = session.state.review.parts.get(path);
  if (part && part.id !== id) setLeft(session, path, 'all');
}

/**
 * Puts one hunk back; what was chosen of the others stays chosen.
 * @param {Session} session
 * @param {FileDiff} diff
 * @param {number} index
 */
export async function discardHunk(session, { path, id }, index) {
  if (!(await confirmDiscard(session, `One hunk of ${path} goes`))) return;
  const part = session.state.review.parts.get(path);
  await work(session, 'discard', async () => {
    await session.ready.discard([{ path, id, hunks: [index] }]);
    if (!part) return;
    const now = await session.ready.diff(path);
    const left = new Set(
      [...part.left].filter((one) => one !== index).map((one) => one - Number(one > index)),
    );
    const fits = now.hunks.length === part.total - 1 && left.size > 0 && left.size < now.hunks.length;
    if (fits) setLeft(session, path, { id: now.id, total: now.hunks.length, left });
    else setLeft(session, path, left.size === 0 ? null : 'all');
  });
}

/**
 * @param {Session} session
 * @param {boolean} accepted
 */
export function acceptAll(session, accepted) {
  const { changes } = session.state.review;
  session.setReview({
    left: new Set(accepted ? [] : changes.map((change) => change.path)),
    parts: new Map(),
  });
}

/**
 * Must be called from the click: the browser may ask for permission to write.
 * @param {Session} session
 */
export function commit(session) {
  const selection = acceptedSelection(session.state.review);
  return work(session, 'commit', async () => ({
    kind: 'commit',
    result: await session.ready.commit(selection),
  }));
}

/**
 * Puts the files of a commit back in the real folder. Must be called from the click, too.
 * @param {Session} session
 * @param {number} number
 */
export function undoCommit(session, number) {
  return work(session, 'undo', async () => ({
    kind: 'undo',
    result: await session.ready.undoCommit(number),
  }));
}

/** @param {Session} session */
export function zip(session) {
  const selection = acceptedSelection(session.state.review);
  return work(session, 'zip', async () => {
    save(await session.ready.zip(selection), `${session.state.folder || 'umbra'}-changes.zip`);
    return { kind: 'zip', files: selection.length };
  });
}

/** @param {Session} session @param {string} what with its verb */
function confirmDiscard(session, what) {
  return session.ask({
    title: 'Discard?',
    text: `${what} back to what was imported. This cannot be undone.`,
    action: 'Discard',
    danger: true,
  });
}

/** The whole change of one path. @param {Session} session @param {string} path */
export async function discard(session, path) {
  if (!(await confirmDiscard(session, `${path} goes`))) return;
  await work(session, 'discard', () => session.ready.discard([path]));
}

/** Everything that is accepted. @param {Session} session */
export async function discardAccepted(session) {
  const selection = acceptedSelection(session.state.review);
  const hunks = selection.some((item) => typeof item !== 'string');
  const [only] = acceptedPaths(session.state.review);
  const what =
    selection.length > 1
      ? `${plural(selection.length, 'change')}${hunks ? ', of some files only the chosen hunks,' : ''} go`
      : `${hunks ? 'The chosen hunks of ' : ''}${only} ${hunks ? 'go' : 'goes'}`;
  if (!(await confirmDiscard(session, what))) return;
  await work(session, 'discard', () => session.ready.discard(selection));
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
