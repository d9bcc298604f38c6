/**
 * The shell: in real Chromium (the workspace on OPFS), natively, and beside it in turns, on the same machine: dash and
 * bash natively, and just-bash in Node.js. A figure is the median of the rounds, a ratio the median of their ratios.
 */
import { spawn } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { startBrowser } from '../e2e/support/browsers.mjs';
import { root, startFiles } from '../e2e/support/servers.mjs';

const ROUNDS = 5;
const LOOP_TURNS = 1_000_000;
/** just-bash takes more than half a minute for a million: time goes by the turn. */
const PEER_TURNS = 50_000;
const BASENAMES = 20_000;
/** bash starts a process for each. */
const BASH_BASENAMES = 1_000;
const PIPE_BYTES = 100_000_000;
const STARTS = 2_000;

const loop = (/** @type {number} */ turns) => `i=0; while [ $i -lt ${turns} ]; do i=$((i+1)); done`;
const basenames = (/** @type {number} */ count) =>
  `i=0; while [ $i -lt ${count} ]; do x=$(basename /a/b/file$i.c .c); i=$((i+1)); done`;
const PIPE = `head -c ${PIPE_BYTES} /dev/zero | cat | cat | cat | cat | wc -c`;
const starts = (/** @type {string} */ command) =>
  `i=0; while [ $i -lt ${STARTS} ]; do ${command}; i=$((i+1)); done`;

/** What may run when a cancel comes. */
const CANCELLED = {
  'an endless loop': 'while :; do :; done',
  'an endless pipeline': 'yes | cat | tr y n > /dev/null',
  sort: 'seq 1 1000000 > /tmp/n; while :; do sort -rn /tmp/n > /dev/null; done',
  grep: 'while :; do head -c 30000000 /dev/zero | tr "\\0" a | grep -c "a*b"; done',
  sed: 'while :; do head -c 10000000 /dev/zero | tr "\\0" "a" | sed "s/a/b/g" > /dev/null; done',
  'a large word': 'x=$(head -c 10000000 /dev/zero | tr "\\0" a); while :; do y=${x//a/bb}; done',
  sleep: 'sleep 1000',
};

/** @param {number[]} values */
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Milliseconds of a command line in a native program. @param {string[]} words */
function timeNative([program, ...args]) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    child.on('error', reject);
    child.on('close', (status) =>
      status === 0 ? resolve(performance.now() - started) : reject(new Error(`${program}: status ${status}`)),
    );
  });
}

/** Runs in the page: milliseconds of command lines, one after the other. */
async function timeInPage(/** @type {string[]} */ commands) {
  const { umbra } = /** @type {any} */ (window);
  const times = [];
  for (const command of commands) {
    const started = performance.now();
    const { exitCode, stderr } = await umbra.exec(command);
    times.push(performance.now() - started);
    if (exitCode !== 0) throw new Error(`status ${exitCode}: ${stderr}`);
  }
  return times;
}

/** Runs in the page: milliseconds from a cancel, at a random moment, until the command has ended. */
async function timeCancels(/** @type {string} */ command, /** @type {number} */ count) {
  const { umbra } = /** @type {any} */ (window);
  const times = [];
  for (let at = 0; at < count; at++) {
    const controller = new AbortController();
    let aborted = 0;
    const running = umbra.exec(command, { signal: controller.signal });
    setTimeout(
      () => {
        aborted = performance.now();
        controller.abort();
      },
      200 + Math.random() * 300,
    );
    await running.catch(() => undefined);
    if (aborted === 0) throw new Error(`${command} ended by itself`);
    times.push(performance.now() - aborted);
  }
  return times;
}

/** Runs in the page: milliseconds from the call to the first output of a shell. */
async function timeFirstOutputs(/** @type {number} */ count) {
  const { umbra } = /** @type {any} */ (window);
  const times = [];
  for (let at = 0; at < count; at++) {
    const started = performance.now();
    const shell = await umbra.openShell({ args: ['-c', 'echo'] });
    await shell.stdout.getReader().read();
    times.push(performance.now() - started);
    await shell.exited;
  }
  return times;
}

/** @param {import('puppeteer-core').Page} page */
async function round(page) {
  const umbra = path.join(root, 'build/native/umbra');
  const [loopMs, basenameMs, pipeMs, emptyMs, startsMs] = await page.evaluate(timeInPage, [
    loop(LOOP_TURNS),
    basenames(BASENAMES),
    PIPE,
    starts(':'),
    starts("bash -c 'echo x' > /dev/null"),
  ]);
  const dash = await timeNative(['dash', '-c', loop(LOOP_TURNS)]);
  const bash = await timeNative(['bash', '-c', loop(LOOP_TURNS)]);
  const native = await timeNative([umbra, 'sh', '-c', loop(LOOP_TURNS)]);
  const justBash = await timeNative([process.execPath, '-e', justBashProgram(loop(PEER_TURNS))]);
  const justBashStart = await timeNative([process.execPath, '-e', justBashProgram(':')]);
  const bashBasenames = await timeNative(['bash', '-c', basenames(BASH_BASENAMES)]);
  const justBashMs = ((justBash - justBashStart) / PEER_TURNS) * LOOP_TURNS;
  return {
    loopMs,
    dashMs: dash,
    bashMs: bash,
    nativeMs: native,
    justBashMs,
    loopOfDash: loopMs / dash,
    nativeOfDash: native / dash,
    timesJustBash: justBashMs / loopMs,
    basenameUs: (basenameMs / BASENAMES) * 1000,
    basenameTimesBash: bashBasenames / BASH_BASENAMES / (basenameMs / BASENAMES),
    pipeMBs: PIPE_BYTES / 1000 / pipeMs,
    startUs: ((startsMs - emptyMs) / STARTS) * 1000,
  };
}

/** @param {string} script */
const justBashProgram = (script) => `
  import(${JSON.stringify(path.join(root, 'tests/bench/peers/node_modules/just-bash/dist/bundle/index.js'))})
    .then(({ Bash }) => new Bash({ executionLimits: { maxLoopIterations: 1e9, maxCommandCount: 1e9 } }).exec(${JSON.stringify(script)}))
    .then(({ exitCode, stderr }) => { if (exitCode) { console.error(stderr); process.exit(1); } });`;

/** Megabytes that a page with an open workspace has beyond one without: all of its workers' and its own. @param {string} origin @param {import('puppeteer-core').Browser} browser */
async function measureMemory(origin, browser) {
  const page = await browser.newPage();
  await page.goto(`${origin}/bare.html`);
  const measure = () =>
    page.evaluate(
      async () => (await /** @type {any} */ (performance).measureUserAgentSpecificMemory()).bytes,
    );
  const before = await measure();
  const wasmBytes = await page.evaluate(async () => {
    const { Umbra } = await import(/** @type {any} */ ('/umbra/umbra.js'));
    const umbra = await Umbra.open({ workspace: 'memory', proxy: location.origin });
    await umbra.exec('echo');
    Object.assign(window, { umbra });
    return (await umbra.storage()).memoryBytes;
  });
  const after = await measure();
  await page.close();
  return { idleBytes: after - before, wasmBytes };
}

export async function benchShell() {
  const site = await mkdtemp(path.join(os.tmpdir(), 'umbra-bench-'));
  await cp(path.join(root, 'dist/umbra'), path.join(site, 'umbra'), { recursive: true });
  await writeFile(path.join(site, 'bare.html'), '<!doctype html><link rel="icon" href="data:," />\n');
  const files = await startFiles(site, {
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
  });
  const { browser, close } = await startBrowser('chromium');
  try {
    const memory = await measureMemory(files.origin, browser);
    const page = await browser.newPage();
    await page.goto(`${files.origin}/bare.html`);
    await page.evaluate(async () => {
      const { Umbra } = await import(/** @type {any} */ ('/umbra/umbra.js'));
      const umbra = await Umbra.open({ workspace: 'shell', proxy: location.origin });
      for (let warm = 0; warm < 3; warm++)
        await umbra.exec('i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done');
      Object.assign(window, { umbra });
    });
    /** @type {Awaited<ReturnType<typeof round>>[]} */
    const rounds = [];
    for (let at = 0; at < ROUNDS; at++) rounds.push(await round(page));
    const names = /** @type {(keyof typeof rounds[0])[]} */ (Object.keys(rounds[0]));
    const medians = Object.fromEntries(names.map((name) => [name, median(rounds.map((each) => each[name]))]));
    /** @type {Record<string, number>} */
    const cancels = {};
    for (const [what, command] of Object.entries(CANCELLED))
      cancels[what] = Math.max(...(await page.evaluate(timeCancels, command, 5)));
    const firstOutputUs = median(await page.evaluate(timeFirstOutputs, 200)) * 1000;
    return {
      .../** @type {Record<keyof typeof rounds[0], number>} */ (medians),
      cancels,
      slowestCancelMs: Math.max(...Object.values(cancels)),
      firstOutputUs,
      ...memory,
    };
  } finally {
    await close();
    await files.stop();
    await rm(site, { recursive: true, force: true });
  }
}
