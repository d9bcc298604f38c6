/**
 * A worker that writes all the time is killed at random moments. After each kill the workspace is what it was after
 * the last acknowledged step or the one that was under way: nothing acknowledged is lost, nothing is torn.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { onSite } from './support/site.mjs';
import { BROWSERS, useBrowser } from './support/stage.mjs';

const KILLS = 100;
/** Of a failing run; a number here runs it again with the same delays. */
const SEED = Number(process.env.UMBRA_SEED ?? Math.floor(Math.random() * 2 ** 31));

/**
 * Runs in the page. A step is one transaction: an import of several files that bear its number, a Write or an Edit.
 * @param {number} kills
 * @param {number} seed
 */
async function killAndLook(kills, seed) {
  const CYCLE = 8;
  const FILES = 6;
  const MAX_DELAY = 40;
  const decoder = new TextDecoder();
  const encoder = new TextEncoder();
  let state = seed;
  /** From 0 to 1: the minimal standard generator of Park and Miller (CACM 31, 1988). */
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

  /** The content of the files after a step. */
  const generation = (/** @type {number} */ step) => step - (step % CYCLE);
  const counter = (/** @type {number} */ step) => `step ${step}\n`;
  const file = (/** @type {number} */ step, /** @type {number} */ at) =>
    `file ${at} of generation ${generation(step)}\n`.repeat(1 + ((step + at * 7919) % 5) * 2000);

  const { Umbra } = /** @type {any} */ (window);
  const umbra = await Umbra.open({ workspace: 'crash', persist: false });

  /** @param {number} step */
  const run = async (step) => {
    if (step % CYCLE === 0) {
      const files = Array.from({ length: FILES }, (_, at) => ({
        path: `f${at}`,
        data: encoder.encode(file(step, at)),
      }));
      const all = [...files, { path: 'counter', data: encoder.encode(counter(step)) }];
      await umbra.importFolder(all, { discardChanges: true });
      return;
    }
    const edit = { file_path: 'counter', old_string: counter(step - 1), new_string: counter(step) };
    const { isError, content } =
      step % 2
        ? await umbra.tool('Write', { file_path: 'counter', content: counter(step) })
        : await umbra.tool('Edit', edit);
    if (isError) throw new Error(`step ${step}: ${content}`);
  };

  /** The step whose state is found; throws when it is that of none. @param {number} acknowledged */
  const look = async (acknowledged) => {
    const read = async (/** @type {string} */ path) => decoder.decode(await umbra.readFile(path));
    const { files } = await umbra.storage();
    if (files === 0 && acknowledged < 0) return -1;
    const found = Number((await read('counter')).slice('step '.length));
    if (found !== acknowledged && found !== acknowledged + 1)
      throw new Error(`step ${found} is found, ${acknowledged} was acknowledged`);
    for (let at = 0; at < FILES; at++) {
      if ((await read(`f${at}`)) !== file(generation(found), at))
        throw new Error(`f${at} is not of step ${found}: ${(await read(`f${at}`)).slice(0, 40)}…`);
    }
    const changed = (await umbra.changes()).map((/** @type {any} */ { kind, path }) => `${kind} ${path}`);
    const wanted = found % CYCLE === 0 ? '' : 'modified counter';
    if (files !== FILES + 1 || changed.join() !== wanted)
      throw new Error(`after step ${found}: ${files} files, changes: ${changed}`);
    return found;
  };

  let step = -1;
  let durable = 0;
  for (let kill = 0; kill < kills; kill++) {
    let alive = true;
    const death = pause(random() * MAX_DELAY).then(() => {
      alive = false;
      umbra.worker.terminate();
    });
    for (;;) {
      // The call that is under way at death is answered with a failure when the workspace is opened again.
      const done = run(step + 1).then(
        () => true,
        (error) => {
          if (alive) throw error;
          return false;
        },
      );
      if (!(await Promise.race([done, death.then(() => false)]))) break;
      step++;
    }
    if (kill % 5 === 4) {
      // This one dies while it is being opened, too.
      const opening = umbra.reopen().catch(() => undefined);
      await Promise.race([opening, pause(random() * MAX_DELAY)]);
      umbra.worker.terminate();
    }
    await umbra.reopen();
    const found = await look(step);
    if (found > step) durable++;
    step = found;
  }
  await umbra.close();
  return { steps: step + 1, durable };
}

for (const name of BROWSERS) {
  describe(`killing the worker in ${name}`, () => {
    const browser = useBrowser(name);
    it(`${KILLS} times while it writes loses nothing and tears nothing`, async (context) => {
      await onSite(browser(), async (site) => {
        const page = await site.open();
        context.diagnostic(`UMBRA_SEED=${SEED}`);
        const { steps, durable } = await page.evaluate(killAndLook, KILLS, SEED);
        context.diagnostic(`${steps} steps; ${durable} were durable without having been acknowledged`);
        assert.ok(steps > KILLS, `writing went on: ${steps} steps`);
      });
    });
  });
}
