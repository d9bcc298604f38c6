/** How much of the browser's storage is used, and whether the browser keeps it. */
import { bytes } from './format.js';
import { isGone } from './gone.js';

/** @typedef {import('./session.js').Session} Session */

/** The part of the quota from which on the user is warned. */
const WARN_FROM = 0.8;

/** @param {{ usage: number, quota: number }} space */
const isTight = ({ usage, quota }) => quota > 0 && usage > quota * WARN_FROM;

/** Reads how it stands; warns once when it gets tight. @param {Session} session */
export async function refreshStorage(session) {
  const { client } = session;
  if (!client || session.state.phase !== 'ready') return;
  const before = session.state.space;
  const space = await client.storage().catch((error) => {
    if (session.client === client && !isGone(session.state)) throw error;
    return null;
  });
  if (!space || session.client !== client) return;
  session.set({ space });
  if (isTight(space) && !(before && isTight(before))) session.notify(tightText(space), 'warning');
}

/** @param {{ usage: number, quota: number }} space */
function tightText({ usage, quota }) {
  return (
    `This site uses ${bytes(usage)} of the ${bytes(quota)} that the browser gives it. When it is full, nothing more ` +
    'can be written: delete workspaces that you no longer need, or free disk space.'
  );
}
