/** The client module as it is shipped. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';

/** Its address; `npm run build` makes it. */
export const built = pathToFileURL(path.join(import.meta.dirname, '../../dist/umbra/umbra.js')).href;

/**
 * A workspace in memory, closed after the test.
 * @param {import('node:test').TestContext} context
 * @param {import('../../browser/client/umbra.js').OpenOptions} [options]
 */
export async function openUmbra(context, options) {
  /** @type {typeof import('../../browser/client/umbra.js')} */
  const { Umbra } = await import(built);
  const umbra = await Umbra.open(options);
  context.after(() => umbra.close().catch(() => undefined));
  return umbra;
}
