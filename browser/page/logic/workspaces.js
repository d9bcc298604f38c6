/** Which workspace the page shows, and the way to another one: `?workspace=NAME` in the address. */
import { Umbra } from '../../client/umbra.js';
import { bytes, codeOf, plural } from './format.js';

/** @typedef {import('./session.js').Session} Session */
/** @typedef {import('../../client/umbra.js').Workspace} Workspace */

export const DEFAULT_WORKSPACE = 'default';

/** @param {Location} location */
export function workspaceIn(location) {
  return new URLSearchParams(location.search).get('workspace') || DEFAULT_WORKSPACE;
}

/** @param {string} name */
function addressOf(name) {
  const address = new URL(window.location.href);
  if (name === DEFAULT_WORKSPACE) address.searchParams.delete('workspace');
  else address.searchParams.set('workspace', name);
  return address.href;
}

/** Opens the list of workspaces. @param {Session} session */
export async function showWorkspaces(session) {
  session.set({ workspaces: await Umbra.workspaces() });
}

/**
 * Shows another workspace. What runs in this one is stopped, after a question.
 * @param {Session} session
 * @param {string} name
 */
export async function switchTo(session, name) {
  session.set({ workspaces: null });
  if (name === session.state.workspace && session.state.phase === 'ready') return;
  if (!(await mayLeave(session))) return;
  if (name !== session.state.workspace) window.history.pushState(null, '', addressOf(name));
  await session.openWorkspace(name);
}

/** The browser went back or forward. @param {Session} session */
export async function followAddress(session) {
  const name = workspaceIn(window.location);
  if (name === session.state.workspace) return;
  if (await mayLeave(session)) await session.openWorkspace(name);
  else window.history.pushState(null, '', addressOf(session.state.workspace));
}

/** @param {Session} session */
async function mayLeave(session) {
  const { talk, sending, importing, info, files, phase } = session.state;
  const open = phase === 'ready';
  if (open && info?.storage === 'memory' && (files > 0 || talk.items.length > 0)) {
    return session.ask({
      title: 'Leave this workspace?',
      text: 'It is kept in memory only and is lost when another one is opened.',
      action: 'Leave and lose it',
      danger: true,
    });
  }
  if (!open || !(talk.running || sending || importing)) return true;
  return session.ask({
    title: 'Leave this workspace?',
    text: `${importing ? 'The running import' : 'The running turn'} is stopped. What was completed is kept.`,
    action: 'Stop and leave',
  });
}

/**
 * What a deletion takes away, in words.
 * @param {import('./session.js').State} state
 * @param {Workspace} workspace
 * @param {boolean} here it is the one that the page has open
 */
function lossOf({ review }, workspace, here) {
  const changes = here && review.loaded ? review.changes.length : null;
  const uncommitted =
    changes === null
      ? 'Changes in it that were not committed are lost.'
      : changes === 0
        ? 'It has no uncommitted changes.'
        : `${plural(changes, 'uncommitted change is', 'uncommitted changes are')} lost.`;
  const elsewhere = workspace.open && !here ? ' It is open in another tab and is closed there.' : '';
  return (
    `Its files (${bytes(workspace.bytes)}) and its conversation are deleted for good. ${uncommitted}${elsewhere} ` +
    'Your real folder is not touched.'
  );
}

/**
 * Deletes a workspace after a question; the page goes on with an empty one when it was its own.
 * @param {Session} session
 * @param {Workspace} workspace
 */
export async function removeWorkspace(session, workspace) {
  const { name } = workspace;
  const here = name === session.state.workspace && session.client !== null && session.state.phase !== 'taken';
  const sure = await session.ask({
    title: `Delete the workspace “${name}”?`,
    text: lossOf(session.state, workspace, here),
    action: 'Delete for good',
    danger: true,
  });
  if (!sure) return;
  if (here) await session.leave();
  session.forgetFolder(name);
  try {
    await Umbra.deleteWorkspace(name, { force: workspace.open && !here });
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  } finally {
    if (session.state.workspaces) await showWorkspaces(session);
    if (here) {
      window.history.replaceState(null, '', addressOf(DEFAULT_WORKSPACE));
      await session.openWorkspace(DEFAULT_WORKSPACE);
    }
  }
}
