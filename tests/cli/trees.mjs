/** Random trees of files, and random changes to them, the same for the same seed. */
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** A small generator (Marsaglia, "Xorshift RNGs", Journal of Statistical Software 8 (2003)). */
export class Random {
  /** @param {number} seed */
  constructor(seed) {
    this.state = (seed * 2654435761 + 88675123) >>> 0 || 1;
    for (let i = 0; i < 8; i++) this.below(2);
  }

  /** From 0 to limit - 1. @param {number} limit */
  below(limit) {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    this.state >>>= 0;
    return this.state % limit;
  }

  /** @template T @param {T[]} list @returns {T} */
  pick(list) {
    return list[this.below(list.length)];
  }

  word() {
    return Array.from({ length: 2 + this.below(7) }, () => this.pick([...'abcdefghiklmnoprstu'])).join('');
  }
}

/** @typedef {{ kind: 'file' | 'link', content: string, mode: number }} Entry content: one character a byte */

export class Tree {
  /** @param {Map<string, Entry>} entries by path */
  constructor(entries) {
    this.entries = entries;
  }

  /** Whether a file may have this path: nothing is below it and no file above. @param {string} name */
  fits(name) {
    for (const other of this.entries.keys()) {
      if (other === name || other.startsWith(`${name}/`) || name.startsWith(`${other}/`)) return false;
    }
    return true;
  }

  /** @param {string} folder */
  async write(folder) {
    for (const [name, { kind, content, mode }] of this.entries) {
      const place = path.join(folder, name);
      await mkdir(path.dirname(place), { recursive: true });
      if (kind === 'link') {
        await symlink(content, place);
        continue;
      }
      await writeFile(place, content, 'latin1');
      await chmod(place, mode);
    }
  }
}

/** Few different lines, so that differences have many ways to be told. @param {Random} random */
function randomText(random) {
  const size = random.pick([0, 1, 2, 5, 20, 100, 400]);
  const vocabulary = Array.from({ length: random.pick([2, 6, 40, 400]) }, () => {
    const indent = ' '.repeat(2 * random.below(4));
    return random.pick(['', '}', `${indent}}`, `${indent}${random.word()} {`, `${indent}${random.word()};`]);
  });
  const end = random.below(10) ? '\n' : '\r\n';
  const lines = Array.from({ length: size }, () => random.pick(vocabulary));
  return lines.join(end) + (random.below(4) && size ? end : '');
}

/** @param {Random} random @returns {Entry} */
function randomEntry(random) {
  if (random.below(15) === 0) return { kind: 'link', content: random.word(), mode: 0o777 };
  let content = randomText(random);
  if (random.below(15) === 0) content = `\0${content}`;
  if (random.below(10) === 0) content += String.fromCharCode(200 + random.below(50), 255);
  return { kind: 'file', content, mode: random.below(6) ? 0o644 : 0o755 };
}

const ODD_NAMES = [
  'with space',
  'qu"ote',
  'back\\slash',
  'ünï',
  '日本',
  'tab\tin',
  ' lead',
  '-dash',
  'a b c ',
];

/** @param {Random} random */
function randomName(random) {
  const parts = Array.from({ length: 1 + random.below(3) }, () =>
    random.pick(['src', 'lib', 'd', 'e', random.word()]),
  );
  parts.push(random.below(8) ? random.word() : random.pick(ODD_NAMES));
  return parts.slice(-1 - random.below(parts.length)).join('/');
}

/** @param {Random} random */
export function randomTree(random) {
  const tree = new Tree(new Map());
  for (let count = 2 + random.below(25); count > 0; count--) {
    const name = randomName(random);
    if (tree.fits(name)) tree.entries.set(name, randomEntry(random));
  }
  return tree;
}

/** @param {Random} random @param {string} content */
function edit(random, content) {
  const lines = content.split('\n');
  for (let edits = 1 + random.below(4); edits > 0; edits--) {
    const at = random.below(lines.length + 1);
    const fresh = Array.from({ length: random.below(4) }, () => random.pick([random.word(), ...lines]));
    lines.splice(at, random.below(4), ...fresh);
  }
  const text = lines.join('\n');
  return random.below(6) ? text : text.replace(/\n$/, '');
}

/**
 * @param {Random} random
 * @param {Tree} before
 */
export function mutateTree(random, before) {
  const tree = new Tree(new Map(before.entries));
  const change = () => {
    const names = [...tree.entries.keys()];
    const name = names.length ? random.pick(names) : '';
    const entry = tree.entries.get(name);
    const fresh = random.below(6) || !entry ? randomName(random) : path.dirname(name);
    if (!entry || random.below(6) === 0) {
      if (fresh !== '.' && tree.fits(fresh)) tree.entries.set(fresh, randomEntry(random));
      return;
    }
    const choice = random.below(8);
    if (choice === 0) tree.entries.delete(name);
    else if (choice === 1) tree.entries.set(name, { ...entry, mode: entry.mode ^ 0o111 });
    else if (choice === 2) tree.entries.set(name, randomEntry(random));
    else if (choice <= 4) {
      tree.entries.delete(name);
      const target = random.below(2) ? fresh : `${name}/${random.word()}`;
      const moved =
        random.below(2) || entry.kind === 'link' ? entry : { ...entry, content: edit(random, entry.content) };
      tree.entries.set(target !== '.' && tree.fits(target) ? target : name, moved);
    } else if (entry.kind === 'file') {
      tree.entries.set(name, { ...entry, content: edit(random, entry.content) });
    }
  };
  for (let count = 1 + random.below(15); count > 0; count--) change();
  return tree;
}
