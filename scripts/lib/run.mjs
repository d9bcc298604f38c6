/** Running programs for the project's scripts. */
import { spawn, spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** emcc finds its own JavaScript tools only there when Node.js is not the distribution's. */
const environment = { ...process.env };
environment.NODE_PATH = [environment.NODE_PATH, '/usr/share/nodejs'].filter(Boolean).join(path.delimiter);

/** A failure whose message is all that the user needs. */
export class Failure extends Error {}

/**
 * Runs a program in the project's folder with its output shown; rejects with a Failure when it fails.
 * @param {string} command
 * @param {string[]} parameters
 * @param {{ env?: Record<string, string>, cwd?: string, quiet?: boolean }} [options] quiet: output only on failure
 * @returns {Promise<void>}
 */
export function run(command, parameters, options = {}) {
  return new Promise((resolve, reject) => {
    /** @type {Buffer[]} */
    const output = [];
    const child = spawn(command, parameters, {
      cwd: options.cwd ?? root,
      env: { ...environment, ...options.env },
      stdio: options.quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'],
    });
    child.stdout?.on('data', (data) => output.push(data));
    child.stderr?.on('data', (data) => output.push(data));
    child.on('error', (error) => reject(new Failure(`${command} could not be started: ${error.message}`)));
    child.on('close', (code, signal) => {
      if (code === 0) return resolve();
      if (options.quiet) process.stderr.write(Buffer.concat(output));
      reject(
        new Failure(`${[command, ...parameters].join(' ')} failed (${signal ?? `exit status ${code}`})`),
      );
    });
  });
}

/**
 * What a program prints, or null when it is absent or fails.
 * @param {string} command
 * @param {string[]} parameters
 */
export function capture(command, parameters) {
  const result = spawnSync(command, parameters, { cwd: root, env: environment, encoding: 'utf8' });
  return result.status === 0 ? result.stdout.trim() : null;
}

/**
 * Runs a script's main function; a Failure is printed without a stack.
 * @param {() => Promise<void>} main
 */
export async function script(main) {
  try {
    await main();
  } catch (error) {
    console.error(error instanceof Failure ? `umbra: ${error.message}` : error);
    process.exitCode = 1;
  }
}
