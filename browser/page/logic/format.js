/** Numbers and names as a person reads them. */

const NUMBER = new Intl.NumberFormat('en-US');

/** @param {number} value */
export function count(value) {
  return NUMBER.format(value);
}

/**
 * @param {number} value
 * @param {string} one
 * @param {string} [many]
 */
export function plural(value, one, many = `${one}s`) {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** @param {number} value */
export function bytes(value) {
  if (value < 1000) return `${value} B`;
  const units = ['KB', 'MB', 'GB', 'TB'];
  let at = -1;
  let rest = value;
  do {
    rest /= 1000;
    at += 1;
  } while (rest >= 999.5 && at < units.length - 1);
  return `${rest < 9.95 ? rest.toFixed(1) : Math.round(rest)} ${units[at]}`;
}

/**
 * A time as a person says it: today's without the date.
 * @param {number} time in milliseconds since 1970-01-01 UTC
 */
export function moment(time) {
  const date = new Date(time);
  const today = date.toDateString() === new Date().toDateString();
  return today
    ? date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' })
    : date.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
}

/**
 * A sentence for something that was thrown.
 * @param {unknown} reason
 */
export function sentence(reason) {
  return capital(reason instanceof Error ? reason.message || reason.name : String(reason));
}

/**
 * Messages of the runtime begin small; alone on a page they are sentences. Names and paths stay as they are.
 * @param {string} text
 */
export function capital(text) {
  return /^[a-z]+[ ,]/.test(text) ? text[0].toUpperCase() + text.slice(1) : text;
}

/**
 * The code of an UmbraError or the name of a DOMException.
 * @param {unknown} reason
 */
export function codeOf(reason) {
  if (!(reason instanceof Error)) return '';
  const { code } = /** @type {{ code?: unknown }} */ (reason);
  return typeof code === 'string' ? code : reason.name;
}

/**
 * A path in two parts, so that the name can stay visible when the folder is cut.
 * @param {string} path
 * @returns {[folder: string, name: string]}
 */
export function splitPath(path) {
  const at = path.lastIndexOf('/', path.length - 2);
  return [path.slice(0, at + 1), path.slice(at + 1)];
}
