/** Failures with the names of core/include/umbra.h, as they travel between worker and page. */

export class UmbraError extends Error {
  /**
   * @param {string} code name without the UMBRA_ prefix, as "ENOENT"
   * @param {string} message
   * @param {import('./hold.js').Holder} [holder] of EBUSY, when it has answered
   */
  constructor(code, message, holder) {
    super(message);
    this.name = 'UmbraError';
    this.code = code;
    this.holder = holder;
  }
}

/** @param {unknown} error */
export const messageOf = (error) => (error instanceof Error ? error.message : String(error));

/** Any failure as one that can be sent. @param {unknown} error */
export function describe(error) {
  if (error instanceof UmbraError) return { code: error.code, message: error.message, holder: error.holder };
  if (error instanceof DOMException && error.name === 'QuotaExceededError') {
    return { code: 'ENOSPC', message: `the browser gives this site no more storage: ${error.message}` };
  }
  if (error instanceof DOMException && error.name === 'AbortError') {
    return { code: 'ECANCELLED', message: 'cancelled' };
  }
  return { code: 'EIO', message: messageOf(error) };
}

/** What calls say after another has taken the workspace. @param {import('./hold.js').Reason} reason */
export const takenAway = (reason) =>
  new UmbraError(
    'EBUSY',
    reason === 'deleted'
      ? 'the workspace was deleted in another tab; reopen() begins an empty one'
      : 'the workspace was taken over by another tab, and everything is saved; reopen({takeOver: true}) takes it back',
  );
