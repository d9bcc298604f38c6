/** The worker is gone; the page shows what it had. @param {import('./session.js').State} state */
export const isGone = ({ phase }) => phase === 'crashed' || phase === 'taken';
