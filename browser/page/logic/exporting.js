/** The workspace as a file that the browser downloads. */
import { save } from './saving.js';

/** @typedef {import('./session.js').Session} Session */

/** "my-project-2026-11-22.tar", by the user's own calendar. @param {import('./session.js').State} state @param {string} format */
function nameOf({ folder, workspace }, format) {
  const now = new Date();
  const day = [now.getFullYear(), now.getMonth() + 1, now.getDate()];
  return `${folder || workspace}-${day.map((part) => String(part).padStart(2, '0')).join('-')}.${format}`;
}

/**
 * @param {Session} session
 * @param {'tar' | 'zip'} format
 */
export async function exportArchive(session, format) {
  if (session.state.exporting) return;
  const { client } = session;
  const name = nameOf(session.state, format);
  session.set({ exporting: format });
  try {
    save(await session.ready.exportWorkspace({ format }), name);
  } finally {
    if (client === session.client) session.set({ exporting: '' });
  }
}
