/** Shells that a site opens in the browser: on OPFS, with what they wrote kept, cancelled and killed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { load, onSite } from './support/site.mjs';
import { BROWSERS, useBrowser } from './support/stage.mjs';

/** Everything below runs in the page. */
const inPage = {
  async commands() {
    const { Umbra } = /** @type {any} */ (window);
    const umbra = await Umbra.open({ workspace: 'shell', persist: false });
    const first = await umbra.exec('mkdir -p a/b && seq 1000 > a/b/n && ln -s b/n a/l && cat; exit 3', {
      stdin: 'in\n',
    });
    const shell = await umbra.openShell({ args: ['-c', 'yes | head -c 3000000; echo err >&2; exit 4'] });
    const errors = new Response(shell.stderr).text();
    const size = (await new Response(shell.stdout).arrayBuffer()).byteLength;
    const second = [size, await errors, await shell.exited];
    await umbra.close();
    return { first, second };
  },

  async kept() {
    const { Umbra } = /** @type {any} */ (window);
    const umbra = await Umbra.open({ workspace: 'shell', persist: false });
    const { stdout } = await umbra.exec('cat a/l | tail -n 1; find . | sort | tr "\\n" " "');
    const changes = (await umbra.changes()).map((/** @type {any} */ change) => change.path);
    await umbra.close();
    return { stdout, changes };
  },

  async cancels() {
    const { Umbra } = /** @type {any} */ (window);
    const umbra = await Umbra.open({ workspace: 'cancel', persist: false });
    const told = [];
    for (const command of [
      'while :; do :; done',
      'yes > /dev/null',
      'cat /dev/zero | sort',
      'sleep 1000',
      'i=0; while :; do echo $i > f$((i++)); done',
    ]) {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), 150);
      const error = await umbra
        .exec(command, { signal: controller.signal })
        .catch((/** @type {any} */ e) => e);
      told.push(error.code, (await umbra.exec('echo fine')).stdout);
    }
    const { count } = await umbra.check();
    await umbra.close();
    return { told, count };
  },

  /** The worker is killed while command lines write; what a finished one wrote is there afterwards. */
  async kills(/** @type {number} */ rounds) {
    const { Umbra } = /** @type {any} */ (window);
    const umbra = await Umbra.open({ workspace: 'kill', persist: false });
    const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));
    let done = -1;
    for (let round = 0; round < rounds; round++) {
      const running = (async () => {
        for (let at = done + 1; ; at++) {
          const { exitCode } = await umbra.exec(
            `echo ${at} > number; mkdir -p d; rm -f d/*; for i in 1 2 3; do echo ${at} > d/$i; done`,
          );
          if (exitCode !== 0) throw new Error(`status ${exitCode}`);
          done = at;
        }
      })().catch(() => undefined);
      await pause(20 + Math.random() * 200);
      umbra.worker.terminate();
      const ended = umbra.reopen();
      await running;
      await ended;
      const { stdout } = await umbra.exec('cat number; cat d/* | uniq -c');
      if (done < 0) continue;
      const [, number, uniform] = /^(\d+)\n *3 (\d+)\n$/.exec(stdout) ?? [];
      if (number !== uniform || Number(number) < done)
        throw new Error(`round ${round}: ${done} was done, and there is ${JSON.stringify(stdout)}`);
      done = Number(number);
    }
    const { count } = await umbra.check();
    await umbra.close();
    return { done, count };
  },
};

for (const name of BROWSERS) {
  describe(`shells in ${name}`, () => {
    const browser = useBrowser(name);

    it('run commands, and what they write is kept', async () => {
      await onSite(browser(), async ({ origin, open }) => {
        const page = await open();
        const { first, second } = await page.evaluate(inPage.commands);
        assert.deepEqual(first, { stdout: 'in\n', stderr: '', exitCode: 3 });
        assert.deepEqual(second, [3_000_000, 'err\n', 4]);
        await load(page, origin);
        assert.deepEqual(await page.evaluate(inPage.kept), {
          stdout: '1000\n. ./a ./a/b ./a/b/n ./a/l ',
          changes: ['a/b/n', 'a/l'],
        });
      });
    });

    it('are cancelled, whatever they do', async () => {
      await onSite(browser(), async ({ open }) => {
        const { told, count } = await (await open()).evaluate(inPage.cancels);
        assert.deepEqual(told, Array.from({ length: 5 }, () => ['ECANCELLED', 'fine\n']).flat());
        assert.equal(count, 0);
      });
    });

    it('lose nothing that was finished when the worker is killed, and are seen whole or not at all', async (context) => {
      await onSite(browser(), async ({ open }) => {
        const { done, count } = await (await open()).evaluate(inPage.kills, 15);
        context.diagnostic(`${done} command lines`);
        assert.ok(done > 10);
        assert.equal(count, 0);
      });
    });
  });
}
