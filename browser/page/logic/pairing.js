/** The pairing token: from the fragment of the address that `npm start` prints, or from what a user pastes. */

/**
 * Reads `#pair=TOKEN` and takes it out of the address at once, so that it stays in no history entry.
 * @param {Location} location
 * @param {History} history
 * @returns {string | undefined}
 */
export function takePairingToken(location, history) {
  const token = tokenFrom(location.hash);
  if (token === '' || !location.hash.includes('pair=')) return undefined;
  history.replaceState(history.state, '', location.pathname + location.search);
  return token;
}

/**
 * The token in a pasted token, fragment or whole address; '' when there is none.
 * @param {string} text
 */
export function tokenFrom(text) {
  const trimmed = text.trim();
  const found = /(?:^|[#&?])pair=([^&\s]+)/.exec(trimmed);
  if (found) return decode(found[1]);
  return /^[A-Za-z0-9._~+/=-]+$/.test(trimmed) && !trimmed.includes('://') ? trimmed : '';
}

/** @param {string} text */
function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch (_error) {
    return text;
  }
}
