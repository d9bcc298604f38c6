/**
 * cJSON's source for the WebAssembly build: from UMBRA_CJSON_SOURCE, or from the distribution's source package,
 * found through a private source list that is made from the system's own.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Failure, capture, root, run } from './run.mjs';

const place = path.join(root, 'build/deps/cjson');
const help = 'set UMBRA_CJSON_SOURCE to a folder with cJSON.c and cJSON.h (cJSON 1.7.15 or newer)';

/** One-line entries ("deb URL …") as source entries. @param {string} text */
const fromList = (text) =>
  text
    .split('\n')
    .filter((line) => /^\s*deb\s/.test(line))
    .map((line) => line.replace(/^\s*deb\s/, 'deb-src '))
    .join('\n');

/** Stanzas of the deb822 form as source stanzas. @param {string} text */
const fromStanzas = (text) =>
  text
    .split(/\n\s*\n/)
    .filter((stanza) => /^Types:.*\bdeb\b/m.test(stanza) && !/^Enabled:\s*no/im.test(stanza))
    .map((stanza) => stanza.replace(/^Types:.*$/m, 'Types: deb-src'))
    .join('\n\n');

/** The system's own sources, as source lists in a folder. @param {string} target */
function writeSources(target) {
  const parts = '/etc/apt/sources.list.d';
  const files = existsSync(parts) ? readdirSync(parts).map((name) => path.join(parts, name)) : [];
  if (existsSync('/etc/apt/sources.list')) files.push('/etc/apt/sources.list');
  files.forEach((file, index) => {
    const text = readFileSync(file, 'utf8');
    const stanzas = file.endsWith('.sources');
    const content = stanzas ? fromStanzas(text) : fromList(text);
    if (content) writeFileSync(path.join(target, `${index}.${stanzas ? 'sources' : 'list'}`), `${content}\n`);
  });
}

async function download() {
  const work = mkdtempSync(path.join(os.tmpdir(), 'umbra-cjson-'));
  const sources = path.join(work, 'sources');
  const lists = path.join(work, 'lists');
  mkdirSync(sources);
  mkdirSync(path.join(lists, 'partial'), { recursive: true });
  writeSources(sources);
  const options = [
    'Dir::Etc::sourcelist=/dev/null',
    `Dir::Etc::sourceparts=${sources}`,
    `Dir::State::lists=${lists}`,
    'APT::Sandbox::User=root',
  ].flatMap((option) => ['-o', option]);
  try {
    // Fails as a whole when a third party's list has no sources; what matters is whether cJSON's is found.
    capture('apt-get', [...options, 'update']);
    await run('apt-get', [...options, 'source', '--download-only', 'cjson'], { quiet: true, cwd: work });
    const description = readdirSync(work).find((name) => name.endsWith('.dsc'));
    if (!description) throw new Failure('the source package of cJSON was not found');
    await run('dpkg-source', ['-x', description, 'source'], { quiet: true, cwd: work });
    mkdirSync(place, { recursive: true });
    for (const name of ['cJSON.c', 'cJSON.h', 'LICENSE'])
      cpSync(path.join(work, 'source', name), path.join(place, name));
  } catch (error) {
    throw new Failure(`cJSON's source could not be had: ${/** @type {Error} */ (error).message}; ${help}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The folder with cJSON.c and cJSON.h; fetched once. @returns {Promise<string>} */
export async function cjsonSource() {
  const given = process.env.UMBRA_CJSON_SOURCE;
  if (given) {
    if (existsSync(path.join(given, 'cJSON.c'))) return path.resolve(given);
    throw new Failure(`UMBRA_CJSON_SOURCE is ${given}, which holds no cJSON.c; ${help}`);
  }
  if (!existsSync(path.join(place, 'cJSON.h'))) await download();
  return place;
}
