/** Figures of benchmarks beside their goals. */

/**
 * @typedef {object} Row
 * @property {string} what
 * @property {number} value
 * @property {string} unit
 * @property {string} [goal] `< 400` or `≥ 50`; none for what stands beside
 */

/** @param {Row} row */
function isReached({ value, goal }) {
  if (!goal) return true;
  const [sign, number] = goal.split(' ');
  return sign === '<' ? value < Number(number) : value >= Number(number);
}

/** @param {Row[]} rows */
export function print(rows) {
  for (const row of rows) {
    const { what, value, unit, goal = '' } = row;
    const figure = value.toFixed(value < 0.1 ? 3 : value < 10 ? 2 : 1).padStart(9);
    console.log(`${isReached(row) ? ' ' : '!'} ${what.padEnd(44)} ${figure} ${unit.padEnd(3)} ${goal}`);
  }
}
