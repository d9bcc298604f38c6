/**
 * Makes core/base/zones_table.h of this machine's time zone database (apt package tzdata): for each rule that is in
 * force today, the places that have it. To be run when a new version of the database matters:
 *
 *     node scripts/make-zones.mjs
 *
 * A compiled zone ends with its rule as a POSIX TZ string (RFC 9636, "TZif", section 3.3).
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './lib/run.mjs';

const DATABASE = '/usr/share/zoneinfo';
/** Letters of a line of the table, at most. */
const WIDTH = 100;
/** The same zones with leap seconds or by other names, and what is no place. */
const LEFT_OUT = /^(right|posix)\/|^(posixrules|localtime|Factory)$/;

/** The rule of a compiled zone, null when the file is none. @param {string} file */
function ruleOf(file) {
  const bytes = readFileSync(file);
  if (bytes.toString('latin1', 0, 4) !== 'TZif') return null;
  const text = bytes.toString('latin1');
  return text.slice(text.lastIndexOf('\n', text.length - 2) + 1, -1);
}

/** @type {Map<string, string[]>} */
const places = new Map();
for (const entry of readdirSync(DATABASE, { recursive: true, withFileTypes: true })) {
  const file = path.join(entry.parentPath, entry.name);
  const name = path.relative(DATABASE, file);
  if (!(entry.isFile() || entry.isSymbolicLink()) || LEFT_OUT.test(name)) continue;
  const rule = ruleOf(file);
  if (rule) places.set(rule, [...(places.get(rule) ?? []), name]);
}

const version = /^# version (\S+)/.exec(readFileSync(path.join(DATABASE, 'tzdata.zi'), 'utf8'))?.[1];
const rules = [...places].sort(([a], [b]) => (a < b ? -1 : 1));
const lines = rules.map(([rule, names]) => {
  /** @type {string[]} */
  const texts = [];
  for (const word of [rule, ...names.sort()]) {
    const text = `${texts.at(-1) ?? ''}${word}\\0`;
    if (texts.length && text.length <= WIDTH) texts[texts.length - 1] = text;
    else texts.push(`${word}\\0`);
  }
  return `    ${texts.map((text) => `"${text}"`).join('\n    ')},\n`;
});
writeFileSync(
  path.join(root, 'core/base/zones_table.h'),
  `/* zones_table.h: of each rule of the IANA time zone database, version ${version} (public domain), the places that
 * have it. Made by scripts/make-zones.mjs. */
#ifndef UMBRA_BASE_ZONES_TABLE_H
#define UMBRA_BASE_ZONES_TABLE_H

/* A rule as TZ has it, its places, and nothing, a NUL behind each. */
static const char *const zones_table[] = {
${lines.join('')}};

#endif
`,
);
const count = rules.reduce((sum, [, names]) => sum + names.length, 0);
console.log(`umbra: ${count} places with ${rules.length} rules, version ${version}`);
