/**
 * The rule of the rooms: a room of core/ may include only itself and the rooms before it. Checked over the #include
 * lines, so that a wall that moves is seen in a build and not in a review.
 */
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { Failure, root } from './lib/run.mjs';

const BASE = ['include', 'base'];
/** What each room may use besides itself. */
const allowed = /** @type {Record<string, string[]>} */ ({
  include: [],
  base: ['include'],
  store: BASE,
  fs: [...BASE, 'store'],
  kernel: [...BASE, 'store', 'fs'],
  regex: [...BASE, 'store', 'fs', 'kernel'],
  shell: [...BASE, 'store', 'fs', 'kernel', 'regex'],
  cmd: [...BASE, 'store', 'fs', 'kernel', 'regex', 'shell'],
  tools: [...BASE, 'store', 'fs', 'kernel', 'regex', 'shell', 'cmd'],
  net: BASE,
  provider: [...BASE, 'net'],
  agent: [...BASE, 'store', 'fs', 'kernel', 'tools', 'net', 'provider'],
  runtime: [...BASE, 'store', 'fs', 'kernel', 'shell', 'cmd', 'tools', 'net', 'provider', 'agent'],
  cli: [...BASE],
});

/** The room of an include line, null for the system's headers. @param {string} name */
const roomOf = (name) =>
  name.startsWith('umbra') ? 'include' : name.includes('/') ? name.split('/')[0] : null;

/** @returns {Promise<string[]>} */
async function violations() {
  const found = [];
  for (const room of await readdir(path.join(root, 'core'))) {
    if (!(room in allowed)) {
      found.push(`core/${room} is no room: name it in scripts/check-layers.mjs`);
      continue;
    }
    for (const file of await readdir(path.join(root, 'core', room))) {
      const text = await readFile(path.join(root, 'core', room, file), 'utf8');
      for (const [, name] of text.matchAll(/^\s*#\s*include\s+"([^"]+)"/gm)) {
        const used = roomOf(name);
        if (used && used !== room && !allowed[room].includes(used)) {
          found.push(`core/${room}/${file} includes "${name}", which is below it`);
        }
      }
    }
  }
  return found;
}

export async function checkLayers() {
  const found = await violations();
  if (found.length) throw new Failure(`the rule of the rooms is broken:\n  ${found.join('\n  ')}`);
}
