/** The native command line on a folder of its own. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, readlink, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { root } from '../e2e/support/servers.mjs';

const binary = process.env.UMBRA_BIN ?? path.join(root, 'build/native/umbra');

/** @typedef {{ status: number | null, stdout: string, stderr: string }} Result */

/**
 * A project folder and a state folder, removed at the test's end.
 * @param {import('node:test').TestContext} context
 * @param {Record<string, string | Uint8Array>} files
 */
export async function project(context, files) {
  const top = await mkdtemp(path.join(os.tmpdir(), 'umbra-cli-'));
  const folder = path.join(top, 'project');
  context.after(() => rm(top, { recursive: true, force: true }));
  await mkdir(folder);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), content);
  }
  const { ANTHROPIC_API_KEY: _key, ANTHROPIC_BASE_URL: _url, UMBRA_PROXY: _proxy, ...clean } = process.env;

  /** @param {string[]} parameters @param {Record<string, string>} [env] */
  const start = (parameters, env = {}) =>
    spawn(binary, ['-C', folder, '--state-dir', path.join(top, 'state'), ...parameters], {
      env: { ...clean, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });

  /** @param {string[]} parameters @param {Record<string, string>} [env] @returns {Promise<Result>} */
  const umbra = (parameters, env) =>
    new Promise((resolve) => {
      const child = start(parameters, env);
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (data) => (stdout += data));
      child.stderr.on('data', (data) => (stderr += data));
      child.on('close', (status) => resolve({ status, stdout, stderr }));
    });

  return {
    top,
    folder,
    start,
    umbra,
    /** @param {string} name @param {object} input */
    tool: (name, input) => umbra(['tool', name, JSON.stringify(input)]),
    /** @param {string} name */
    read: (name) => readFile(path.join(folder, name), 'utf8'),
  };
}

/** Everything below a folder: path → kind, mode and content. @param {string} folder */
export async function snapshot(folder) {
  /** @type {Record<string, string>} */
  const found = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const place = path.join(entry.parentPath ?? entry.path, entry.name);
    const name = path.relative(folder, place);
    if (entry.isSymbolicLink()) found[name] = `link ${await readlink(place)}`;
    else if (entry.isFile()) {
      const { mode } = await stat(place);
      found[name] = `${(mode & 0o777).toString(8)} ${(await readFile(place)).toString('base64')}`;
    }
  }
  return found;
}
