/**
 * Runs random scripts in this machine's bash and in umbra sh and compares output and status; what differs is made
 * smaller and printed.
 *
 *     node tests/differential/run.mjs [--seed N] [--count N] [--jobs N] [--all] [--errors] [--show]
 *
 * --all: goes on after the first difference; --errors: compares the messages too; --show: prints the scripts only.
 * A script has the number seed + index, so --seed N --count 1 makes it again.
 */
import { parseArgs } from 'node:util';
import { PREAMBLE, script } from './commands.mjs';
import { randomOf } from './random.mjs';
import { runBash, runOurs } from './shells.mjs';
import { shrink, textOf } from './tree.mjs';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: String(Date.now() % 1_000_000_000) },
    count: { type: 'string', default: '300' },
    jobs: { type: 'string', default: '2' },
    all: { type: 'boolean', default: false },
    errors: { type: 'boolean', default: false },
    show: { type: 'boolean', default: false },
  },
});
const seed = Number(values.seed);
const count = Number(values.count);

/** @param {string} text */
async function both(text) {
  const [bash, ours] = await Promise.all([runBash(text), runOurs(text)]);
  return { bash, ours };
}

/** @typedef {import('./shells.mjs').Outcome} Outcome */

/** @param {{ bash: Outcome, ours: Outcome }} outcomes */
const isUnlike = ({ bash, ours }) =>
  bash.status !== ours.status ||
  bash.stdout !== ours.stdout ||
  (values.errors && bash.stderr !== ours.stderr);

/** @param {string} text */
const differs = async (text) => {
  const outcomes = await both(text);
  return outcomes.bash.status !== 'SIGKILL' && isUnlike(outcomes);
};

/** @param {number} number @param {import('./tree.mjs').Node} tree */
async function report(number, tree) {
  const text = textOf(await shrink(tree, differs));
  const { bash, ours } = await both(text);
  console.log(
    `=== --seed ${number} --count 1, made smaller (behind the same first lines):\n${text.replace(PREAMBLE, '')}`,
  );
  for (const [name, outcome] of Object.entries({ bash, ours }))
    console.log(
      `--- ${name}, status ${outcome.status}\n${outcome.stdout}--- ${name}'s messages\n${outcome.stderr}`,
    );
}

let next = 0;
let unlike = 0;
async function worker() {
  while (next < count && (unlike === 0 || values.all)) {
    const number = seed + next++;
    const tree = script(randomOf(number));
    if (values.show) {
      console.log(`=== ${number}\n${textOf(tree)}`);
    } else if (await differs(textOf(tree))) {
      unlike++;
      await report(number, tree);
    }
  }
}
console.log(`umbra: random scripts in bash and umbra sh, --seed ${seed} --count ${count}`);
await Promise.all(Array.from({ length: Number(values.jobs) }, worker));
console.log(`umbra: ${next} compared, ${unlike} unlike`);
process.exitCode = unlike ? 1 : 0;
