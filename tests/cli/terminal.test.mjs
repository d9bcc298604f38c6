/** umbra sh as somebody talks to it: on a terminal, with keys, signals and another size. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { project } from './support.mjs';
import { root } from '../e2e/support/servers.mjs';

const binary = process.env.UMBRA_BIN ?? path.join(root, 'build/native/umbra');
const bridge = path.join(root, 'tests/cli/with_terminal.py');
const PROMPT = '$ ';
const PATIENCE_MS = 20_000;

/** What is shown, without escape sequences and carriage returns. @param {string} text */
function plain(text) {
  // eslint-disable-next-line no-control-regex
  return text.replace(/\x1b\[[0-9;?]*[A-Za-z]/g, '').replace(/[\r\x07]/g, '');
}

/** Runs a program on a terminal of 80 columns. @param {string[]} words */
function onTerminal(words) {
  const child = spawn('python3', [bridge, '80', '24', ...words], {
    stdio: ['pipe', 'pipe', 'inherit', 'pipe'],
    env: { ...process.env, TERM: 'xterm' },
  });
  return /** @type {import('node:child_process').ChildProcessWithoutNullStreams} */ (
    /** @type {unknown} */ (child)
  );
}

/**
 * A shell on such a terminal.
 * @param {import('node:test').TestContext} context
 * @param {string[]} [parameters]
 */
async function talk(context, parameters = ['sh']) {
  const state = await mkdtemp(path.join(os.tmpdir(), 'umbra-terminal-'));
  context.after(() => rm(state, { recursive: true, force: true }));
  const child = onTerminal([binary, '--state-dir', state, ...parameters]);
  context.after(() => child.kill());
  let shown = '';
  let from = 0;
  /** @type {(() => void)[]} */
  const waiting = [];
  const wake = () => {
    for (const one of waiting.splice(0)) one();
  };
  /** @type {number | null} */
  let status = null;
  child.stdout.on('data', (data) => {
    shown += data;
    wake();
  });
  const ended = new Promise((resolve) =>
    child.on('close', (code) => {
      status = code;
      wake();
      resolve(code);
    }),
  );

  /** Waits until a text is shown behind what was waited for before; what came up to it. @param {string} text */
  const sees = async (text) => {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const all = plain(shown);
      const at = all.indexOf(text, from);
      if (at >= 0) {
        const part = all.slice(from, at + text.length);
        from = at + text.length;
        return part;
      }
      const left = end - Date.now();
      if (left <= 0 || status !== null)
        assert.fail(`${JSON.stringify(text)} was not shown; what is: ${JSON.stringify(all.slice(from))}`);
      await new Promise((resolve) => {
        const timer = setTimeout(resolve, left);
        waiting.push(() => {
          clearTimeout(timer);
          resolve(undefined);
        });
      });
    }
  };
  /** @param {string} keys */
  const type = (keys) => child.stdin.write(keys);
  return {
    sees,
    type,
    ended,
    shown: () => plain(shown),
    /** @param {number} columns @param {number} rows */
    resize: (columns, rows) =>
      /** @type {import('node:stream').Writable} */ (child.stdio[3]).write(`${columns} ${rows}\n`),
    /** Types a line and gives what is shown up to the next prompt. @param {string} line */
    run: async (line) => {
      type(`${line}\r`);
      await sees(`${line}\n`);
      const answer = await sees(PROMPT);
      return answer.slice(0, answer.lastIndexOf('\n') + 1);
    },
  };
}

test('runs what is typed, and says goodbye', async (context) => {
  const shell = await talk(context);
  assert.equal(await shell.sees(PROMPT), '/workspace $ ');
  assert.match(await shell.run('echo $((6 * 7)) $-'), /^42 (?=.*i)(?=.*m)(?=.*H)\w+\n$/);
  assert.equal(await shell.run('cd /tmp; pwd'), '/tmp\n');
  shell.type('for i in a b; do\r');
  await shell.sees('do\n> ');
  shell.type('\x03');
  await shell.sees(PROMPT);
  shell.type('exit 5\r');
  await shell.sees('exit\n');
  assert.equal(await shell.ended, 5);
});

test('Ctrl-C ends a program, a loop and a line; Ctrl-D the shell', async (context) => {
  const shell = await talk(context);
  await shell.sees(PROMPT);
  shell.type('sleep 100\r');
  await shell.sees('sleep 100\n');
  shell.type('\x03');
  await shell.sees(PROMPT);
  assert.equal(await shell.run('echo $?'), '130\n');
  shell.type('while :; do :; done\r');
  await shell.sees('done\n');
  shell.type('\x03');
  await shell.sees(PROMPT);
  shell.type('while true; do sleep 50; done; echo never\r');
  await shell.sees('never\n');
  shell.type('\x03');
  assert.ok(!(await shell.sees(PROMPT)).includes('never'));
  shell.type('half a line\x03');
  await shell.sees('half a line^C\n');
  await shell.sees(PROMPT);
  shell.type('\x04');
  assert.equal(await shell.ended, 130);
});

test('stops jobs and lets them go on', async (context) => {
  const shell = await talk(context);
  await shell.sees(PROMPT);
  shell.type('sleep 100\r');
  await shell.sees('sleep 100\n');
  shell.type('\x1a');
  await shell.sees('[1]+  Stopped                 sleep 100\n');
  await shell.sees(PROMPT);
  assert.equal(await shell.run('jobs'), '[1]+  Stopped                 sleep 100\n');
  shell.type('exit\r');
  await shell.sees('There are stopped jobs.\n');
  await shell.sees(PROMPT);
  assert.equal(await shell.run('bg'), '[1]+ sleep 100 &\n');
  shell.type('fg\r');
  await shell.sees('fg\nsleep 100\n');
  shell.type('\x03');
  await shell.sees(PROMPT);
  shell.type('cat\r');
  await shell.sees('cat\n');
  shell.type('\x1a');
  await shell.sees('Stopped                 cat\n');
  await shell.sees(PROMPT);
  shell.type('fg\r');
  await shell.sees('fg\ncat\n');
  shell.type('back again\r');
  await shell.sees('back again\nback again\n');
  shell.type('\x04');
  await shell.sees(PROMPT);
  assert.match(await shell.run('sleep 0.1 &'), /^\[1\] \d+\n$/);
  assert.equal(await shell.run('sleep 0.3'), '[1]+  Done                    sleep 0.1\n');
});

test('keys edit, complete and search', async (context) => {
  const shell = await talk(context);
  await shell.sees(PROMPT);
  await shell.run('mkdir -p "with blank/deep"; touch apple apricot');
  shell.type('echo wor\x01\x1bf\x1b[C\x0bhello\x1bb\x1bu\r');
  await shell.sees('\nHELLO\n');
  await shell.sees(PROMPT);
  shell.type('ls ap\t\t');
  await shell.sees('apple    apricot\n');
  shell.type('r\t\r');
  await shell.sees('\napricot\n');
  await shell.sees(PROMPT);
  shell.type('ls -d w\td\t\r');
  await shell.sees("\n'with blank/deep/'\n");
  await shell.sees(PROMPT);
  shell.type('\x12HEL');
  await shell.sees("(reverse-i-search)`HEL': ");
  shell.type('\x07');
  await shell.run(
    'greet() { COMPREPLY=(planet:$2:$COMP_CWORD); }; complete -F greet say; say() { echo "$@"; }',
  );
  shell.type('say ea\t\r');
  await shell.sees('\nplanet:ea:1\n');
  await shell.sees(PROMPT);
  assert.equal(await shell.run('!say extra'), 'say planet:ea:1  extra\nplanet:ea:1 extra\n');
  await shell.run(`bind -x '"\\C-xq": READLINE_LINE="echo bound"'`);
  shell.type('\x18q\r');
  await shell.sees('\nbound\n');
});

test('what is typed ahead is for the command, or the next prompt', async (context) => {
  const shell = await talk(context);
  await shell.sees(PROMPT);
  shell.type('read line; echo "got $line"\rahead of it\recho next\r');
  await shell.sees('\ngot ahead of it\n');
  await shell.sees('\nnext\n');
});

test('hears of another size', async (context) => {
  const shell = await talk(context);
  await shell.sees(PROMPT);
  assert.equal(await shell.run('echo $COLUMNS $LINES'), '80 24\n');
  shell.resize(50, 10);
  for (;;) {
    const answer = await shell.run('echo $COLUMNS $LINES');
    if (answer === '50 10\n') break;
    assert.equal(answer, '80 24\n');
  }
});

test('a paste is not run before its time', async (context) => {
  const shell = await talk(context);
  await shell.sees(PROMPT);
  shell.type('\x1b[200~echo one\necho two\n\x1b[201~');
  await shell.sees('echo two');
  assert.ok(!shell.shown().includes('\none\n'));
  shell.type('\r');
  await shell.sees('\none\ntwo\n');
});

test('the history stays with the workspace, and is no change of it', async (context) => {
  const { umbra, folder, top } = await project(context, { 'a.txt': 'a\n' });
  const place = ['-C', folder, '--state-dir', path.join(top, 'state'), 'sh'];
  const first = await talk(context, place);
  await first.sees(PROMPT);
  await first.run('echo from the first session');
  await first.run('echo \'PS1="mine $ "\' > ~/.bashrc');
  first.type('\x04');
  assert.equal(await first.ended, 0);
  assert.equal((await umbra(['status'])).stdout, '');
  const second = await talk(context, place);
  assert.equal(await second.sees(PROMPT), 'mine $ ');
  second.type('\x1b[A\x1b[A\r');
  await second.sees('\nfrom the first session\n');
  second.type('exit\r');
  assert.equal(await second.ended, 0);
  assert.equal(
    (await umbra(['sh', '-c', 'cat /home/.bash_history | head -n 1'])).stdout,
    'echo from the first session\n',
  );
});

test('the terminal is as it was, however it ends', async (context) => {
  const top = await mkdtemp(path.join(os.tmpdir(), 'umbra-terminal-'));
  context.after(() => rm(top, { recursive: true, force: true }));
  const script = path.join(top, 'script.sh');
  await writeFile(
    script,
    `before=$(stty -g); "$1" --state-dir "${top}/state" sh & job=$!; fg %1 >/dev/null 2>&1 || wait $job\n` +
      `[ "$before" = "$(stty -g)" ] && echo same as before || echo another mode\n`,
  );
  const child = onTerminal(['/bin/bash', '-m', script, binary]);
  context.after(() => child.kill());
  let shown = '';
  child.stdout.on('data', (data) => {
    shown += data;
    if (plain(shown).endsWith(PROMPT) && !shown.includes('kill')) child.stdin.write('exit\r');
  });
  await new Promise((resolve) => child.on('close', resolve));
  assert.match(plain(shown), /same as before\n$/);
});
