/** The client module in Node.js, as a program on a server uses it: command lines, shells, limits, and their ends. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { describe, it } from 'node:test';
import { built, openUmbra } from './support.mjs';

const decoder = new TextDecoder();

/** @param {ReadableStream<Uint8Array>} stream */
async function textOf(stream) {
  let text = '';
  for await (const piece of stream) text += decoder.decode(piece, { stream: true });
  return text;
}

describe('exec', () => {
  it('collects output, errors and the status', async (context) => {
    const umbra = await openUmbra(context);
    assert.deepEqual(await umbra.exec('echo out; echo err >&2; exit 3'), {
      stdout: 'out\n',
      stderr: 'err\n',
      exitCode: 3,
    });
    assert.equal((await umbra.exec('kill -TERM $$')).exitCode, 128 + 15);
    assert.deepEqual(await umbra.exec(''), { stdout: '', stderr: '', exitCode: 0 });
    const broken = await umbra.exec('echo "');
    assert.equal(broken.exitCode, 2);
    assert.match(broken.stderr, /^bash: -c: line 1: unexpected EOF/);
  });

  it('takes input, arguments, environment, directory and files', async (context) => {
    const umbra = await openUmbra(context);
    const result = await umbra.exec('cat; echo "$1-$2-$NAME"; pwd; cat a/b.txt; ls -l run.sh', {
      stdin: 'in\n',
      args: ['1 x', '2'],
      env: { NAME: 'v w' },
      cwd: '/workspace/dir',
      files: { '/workspace/dir/a/b.txt': 'b\n', '/workspace/dir/run.sh': { text: '', mode: 0o755 } },
    });
    assert.equal(result.stderr, '');
    assert.match(result.stdout, /^in\n1 x-2-v w\n\/workspace\/dir\nb\n-rwxr-xr-x .* run\.sh\n$/);
  });

  it('keeps bytes as they are', async (context) => {
    const umbra = await openUmbra(context);
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const { stdout } = await umbra.exec('cat | cat', { stdin: bytes, encoding: 'bytes' });
    assert.deepEqual(stdout, bytes);
    const { stdout: text } = await umbra.exec("printf '\\xff\\xfeé'");
    assert.equal(text, '\ufffd\ufffdé');
  });

  it('shares files between commands and nothing else', async (context) => {
    const umbra = await openUmbra(context);
    await umbra.exec('x=1; f() { :; }; cd /tmp; echo kept > /workspace/kept.txt');
    const { stdout } = await umbra.exec('pwd; echo "[$x]"; type f 2>&1; cat kept.txt');
    assert.match(stdout, /^\/workspace\n\[\]\n.*f: not found\nkept\n$/);
    const [change] = await umbra.changes();
    assert.equal(change.path, 'kept.txt');
  });

  it('runs several at once', async (context) => {
    const umbra = await openUmbra(context);
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, i) => umbra.exec(`sleep 0.0${i % 5}; seq 1 ${i * 1000} | tail -n 1`)),
    );
    assert.deepEqual(
      results.map(({ stdout }) => stdout),
      results.map((_, i) => (i ? `${i * 1000}\n` : '')),
    );
  });

  it('takes megabytes in and out', async (context) => {
    const umbra = await openUmbra(context);
    const stdin = new Uint8Array(20e6).map((_, i) => i * 7 + (i >> 11));
    const { stdout } = await umbra.exec('tee copy | cat', { stdin, encoding: 'bytes' });
    assert.ok(Buffer.from(stdout).equals(Buffer.from(stdin)));
    assert.equal((await umbra.exec('wc -c < copy')).stdout, '20000000\n');
  });

  for (const [name, command] of [
    ['an endless loop', 'while :; do :; done'],
    ['a sleeper', 'sleep 1000'],
    ['an endless pipeline', "trap '' TERM INT HUP; yes | cat | tr y n > /dev/null"],
  ]) {
    it(`ends ${name} when it is aborted, soon, and goes on`, async (context) => {
      const umbra = await openUmbra(context);
      const controller = new AbortController();
      const running = umbra.exec(command, { signal: controller.signal });
      setTimeout(() => controller.abort(), 100);
      await assert.rejects(running, { name: 'UmbraError', code: 'ECANCELLED', message: /was cancelled/ });
      assert.equal((await umbra.exec('echo fine')).stdout, 'fine\n');
    });
  }

  it('ends a command that takes too long or writes too much', async (context) => {
    const umbra = await openUmbra(context);
    await assert.rejects(umbra.exec('while :; do :; done', { timeoutMs: 50 }), {
      code: 'ELIMIT',
      message: 'the command took longer than 50 ms',
    });
    await assert.rejects(umbra.exec('yes', { maxOutput: 100_000 }), {
      code: 'ELIMIT',
      message: 'the command wrote more than 100000 bytes (maxOutput)',
    });
    const aborted = AbortSignal.abort();
    await assert.rejects(umbra.exec('echo never > file', { signal: aborted }), { name: 'AbortError' });
    assert.equal((await umbra.exec('ls')).stdout, '');
  });

  it('refuses what cannot be', async (context) => {
    const umbra = await openUmbra(context);
    await assert.rejects(umbra.exec('ls', { cwd: '/nowhere' }), { code: 'ENOENT', message: /\/nowhere/ });
    await assert.rejects(umbra.exec('ls', { env: { 'a=b': 'c' } }), { code: 'EINVAL', message: /"a=b"/ });
    await assert.rejects(umbra.exec('ls', { files: { '/dev/null/x': '' } }), /\/dev\/null\/x could not be/);
    assert.equal((await umbra.exec('echo fine')).stdout, 'fine\n');
  });

  it('ends with the workspace', async (context) => {
    const umbra = await openUmbra(context);
    const running = assert.rejects(umbra.exec('sleep 1000'), { name: 'UmbraError' });
    await umbra.exec('true');
    await umbra.close();
    await running;
  });
});

describe('openShell', () => {
  it('is a shell that goes on', async (context) => {
    const umbra = await openUmbra(context);
    const shell = await umbra.openShell();
    const output = textOf(shell.stdout);
    const writer = shell.stdin.getWriter();
    await writer.write('x=1; cd /tmp; f() { echo "$x $PWD"; }\n');
    await writer.write('f\nread line\n');
    await writer.write('a line\necho "$line"; exit 4\n');
    assert.equal(await shell.exited, 4);
    assert.equal(await output, '1 /tmp\na line\n');
    await assert.rejects(writer.write('more'), { code: 'EPIPE' });
  });

  it('ends with its input', async (context) => {
    const umbra = await openUmbra(context);
    const shell = await umbra.openShell({ args: ['-c', 'wc -c; echo err >&2'] });
    const writer = shell.stdin.getWriter();
    await writer.write('12345');
    await writer.close();
    const stderr = /** @type {ReadableStream<Uint8Array>} */ (shell.stderr);
    assert.deepEqual(await Promise.all([textOf(shell.stdout), textOf(stderr), shell.exited]), [
      '5\n',
      'err\n',
      0,
    ]);
  });

  it('is held back by a reader that does not read, in bounded memory', async (context) => {
    const umbra = await openUmbra(context);
    const shell = await umbra.openShell({ args: ['-c', 'yes | head -c 50000000 & echo $! >&2; wait'] });
    const before = process.memoryUsage().arrayBuffers;
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.ok(process.memoryUsage().arrayBuffers - before < 8e6);
    let size = 0;
    for await (const { length } of shell.stdout) size += length;
    assert.equal(size, 50_000_000);
    assert.equal(await shell.exited, 0);
  });

  it('is signalled and killed', async (context) => {
    const umbra = await openUmbra(context);
    const shell = await umbra.openShell({
      args: ['-c', 'trap "echo caught; exit 5" USR1; echo ready; while :; do sleep 0.01; done'],
    });
    const reader = shell.stdout.getReader();
    assert.equal(decoder.decode((await reader.read()).value), 'ready\n');
    // To all of its processes: the sleep ends of it too.
    await shell.kill('USR1');
    assert.equal(await shell.exited, 5);
    assert.equal(decoder.decode((await reader.read()).value), 'caught\n');
    await assert.rejects(shell.kill('USR1'), { code: 'ENOENT' });
    const other = await umbra.openShell({ args: ['-c', 'trap "" TERM; while :; do :; done'] });
    await assert.rejects(other.kill('NONE'), { code: 'EINVAL' });
    await other.kill('KILL');
    assert.equal(await other.exited, 137);
  });

  it('takes what it left in the background with it', async (context) => {
    const umbra = await openUmbra(context);
    const { stdout } = await umbra.exec('while :; do echo more >> log; sleep 0.01; done & echo begun');
    assert.equal(stdout, 'begun\n');
    const size = async () => Number((await umbra.exec('cat log 2>/dev/null | wc -c')).stdout);
    const first = await size();
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(await size(), first);
  });
});

describe('a program', () => {
  /** @param {string} code */
  const run = (code) =>
    new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [
        '--input-type=module',
        '-e',
        `import { Umbra } from ${JSON.stringify(built)}; ${code}`,
      ]);
      let output = '';
      child.stdout.on('data', (text) => (output += text));
      child.stderr.on('data', (text) => (output += text));
      child.on('error', reject);
      child.on('close', (status) => resolve(`${output}${status}`));
    });

  it('ends although it has not closed the workspace, but not while something runs', async () => {
    assert.equal(await run('await Umbra.open(); console.log("open")'), 'open\n0');
    assert.equal(
      await run(
        'const umbra = await Umbra.open(); const shell = await umbra.openShell({args: ["-c", "sleep 0.3; exit 6"]});' +
          'console.log(await shell.exited)',
      ),
      '6\n0',
    );
  });

  it('hears that there is no OPFS', async () => {
    assert.match(
      await run('await Umbra.open({storage: "opfs"}).catch((error) => console.log(error.message))'),
      /^Node\.js has no OPFS; open the workspace with \{storage: "memory"\}/,
    );
  });
});
