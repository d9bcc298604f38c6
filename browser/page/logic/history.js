/** What of the workspace is kept: going back to it and forth again, naming it, dropping it; and undoing commits. */
import { capital, codeOf, moment, plural } from './format.js';
import { isGone } from './gone.js';
import { undoCommit } from './review.js';

/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('../../client/umbra.js').Checkpoint} Checkpoint */
/** @typedef {import('../../client/umbra.js').Commit} Commit */

/**
 * @typedef {object} History
 * @property {Checkpoint[]} checkpoints the newest first, without those of commits
 * @property {Commit[]} commits the newest first
 */

/** @typedef {{ checkpoint: Checkpoint, commit?: undefined } | { commit: Commit, checkpoint?: undefined }} Entry */

/** Opens the list. @param {Session} session */
export async function showHistory(session) {
  session.set({ history: await read(session) });
}

/** Reads it anew, if it is open. @param {Session} session */
async function refresh(session) {
  if (!session.state.history) return;
  const history = await read(session);
  if (session.state.history) session.set({ history });
}

/** @param {Session} session @returns {Promise<History>} */
async function read(session) {
  const [checkpoints, commits] = await Promise.all([session.ready.checkpoints(), session.ready.commits()]);
  noteKept(session, checkpoints);
  return { checkpoints: checkpoints.filter(({ commit }) => commit === undefined).reverse(), commits };
}

/** @param {Session} session @param {Checkpoint[]} checkpoints the oldest first */
function noteKept(session, checkpoints) {
  const kept = new Set(checkpoints.map(({ checkpoint }) => checkpoint));
  session.set({ kept: { numbers: kept, last: checkpoints.at(-1)?.checkpoint ?? 0 } });
}

/** Which of the checkpoints in the conversation are still there. @param {Session} session */
export async function refreshKept(session) {
  const { client } = session;
  if (!client) return;
  const checkpoints = await client.checkpoints().catch((error) => {
    if (session.client === client && !isGone(session.state)) throw error;
    return null;
  });
  if (checkpoints && session.client === client) noteKept(session, checkpoints);
}

/** Both in one list, the newest first. @param {History} history @returns {Entry[]} */
export function entriesOf({ checkpoints, commits }) {
  /** @type {Entry[]} */
  const all = [
    ...checkpoints.map((checkpoint) => ({ checkpoint })),
    ...commits.map((commit) => ({ commit })),
  ];
  const number = (/** @type {Entry} */ { checkpoint, commit }) =>
    checkpoint?.checkpoint ?? commit?.commit ?? 0;
  return all.sort((a, b) => number(b) - number(a));
}

/** Whether one may go back to it now. @param {import('./session.js').State} state */
export function mayRewind({ phase, talk, sending, importing, review }) {
  return phase === 'ready' && !talk.running && !sending && importing === null && review.busy === '';
}

/**
 * Makes the workspace what it was, after a question that says what that means; the notice after it takes it back.
 * @param {Session} session
 * @param {number} checkpoint
 * @param {string} words "before Edit src/a.c"
 */
export async function rewindTo(session, checkpoint, words) {
  const { client } = session;
  const changes = await session.ready.changes({ from: 'head', to: checkpoint }).catch((error) => {
    if (codeOf(error) === 'ENOENT') return null;
    throw error;
  });
  if (!changes) {
    session.notify('That state is not kept any more: of the automatic ones only the latest are.', 'warning');
    return refreshKept(session);
  }
  if (changes.length === 0) {
    session.notify(`The workspace is already what it was ${words}.`);
    return;
  }
  const sure = await session.ask({
    title: `Rewind to ${words}?`,
    text:
      `${plural(changes.length, 'file becomes what it was', 'files become what they were')} then. The conversation and your ` +
      'real folder stay as they are. You can undo this.',
    action: 'Rewind',
  });
  if (!sure || client !== session.client) return;
  const { undo } = await session.ready.rewind(checkpoint);
  session.set({ history: null });
  session.notify(
    `The workspace is what it was ${words}: ${plural(changes.length, 'file')} changed.`,
    'info',
    {
      label: 'Undo',
      testid: 'undo-rewind',
      run: () => unwind(session, undo),
    },
  );
  await refreshKept(session);
}

/**
 * Takes a rewinding back. What was there in between is kept as a state of its own, if it was not kept before.
 * @param {Session} session
 * @param {number} undo
 */
async function unwind(session, undo) {
  await session.ready.rewind(undo);
  await session.ready.dropCheckpoint(undo); // it is what the workspace is now
  session.notify('The workspace is again what it was before the rewinding.');
  await refreshKept(session);
}

/** @param {Session} session @param {string} name */
export async function nameState(session, name) {
  await session.ready.checkpoint(name);
  await refresh(session);
}

/** @param {Session} session @param {Checkpoint} checkpoint */
export async function drop(session, { checkpoint, name, automatic, time }) {
  const sure =
    automatic ||
    (await session.ask({
      title: `Drop “${name}”?`,
      text: `What the workspace was at ${moment(time)} is kept no longer. This cannot be undone.`,
      action: 'Drop',
      danger: true,
    }));
  if (!sure) return;
  await session.ready.dropCheckpoint(checkpoint);
  await refresh(session);
}

/** @param {Session} session @param {Commit} commit */
export async function forgetCommit(session, { head, files, time }) {
  const sure = await session.ask({
    title: 'Forget this commit?',
    text: `Nothing happens to your files, but the commit of ${plural(files, 'file')} of ${moment(time)} cannot be undone any more.`,
    action: 'Forget',
    danger: true,
  });
  if (!sure) return;
  await session.ready.dropCheckpoint(head);
  await refresh(session);
}

/** Must be called from a click: the browser may ask for permission to write. @param {Session} session @param {Commit} commit */
export async function undoFromHistory(session, { commit, files, time }) {
  const sure = await session.ask({
    title: `Undo the commit of ${plural(files, 'file')}?`,
    text:
      `The files in your real folder become again what they were before ${moment(time)}. What was changed there since is ` +
      'left alone. The workspace keeps the changes: they are uncommitted again.',
    action: 'Undo the commit',
  });
  if (!sure) return;
  session.set({ history: null, tab: 'review' });
  await undoCommit(session, commit);
}

/** Its name as the beginning of a line. @param {Checkpoint} checkpoint */
export function titleOf({ name, automatic }) {
  return automatic ? capital(name) : name || 'Without a name';
}

/** How it stands with a commit. @param {Commit} commit */
export function standing({ files, done, left, undone, unknown }) {
  const words = [];
  if (unknown > 0) words.push('was cut off');
  if (left > 0) words.push(`${plural(left, 'file')} left alone`);
  if (undone > 0)
    words.push(done + unknown === 0 ? 'undone' : `${plural(undone, 'file')} of ${files} undone`);
  return words.join(', ');
}
