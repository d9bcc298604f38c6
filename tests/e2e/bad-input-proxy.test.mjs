/** A proxy that is not there, dies in mid-stream, or no longer knows the browser: work goes on, and says how. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { App } from './support/app.mjs';
import { held, say, use } from './support/model.mjs';
import { dist, proxyBinary, startFiles, startProxy } from './support/servers.mjs';
import { BROWSERS, onStage, useBrowser } from './support/stage.mjs';
import { treeOf } from './support/trees.mjs';
import { until } from './support/until.mjs';

/** @typedef {import('./support/stage.mjs').Stage} Stage */

const TREE = treeOf({ 'a.txt': 'one\n' });
const HELLO = { Hello: [[say('Hello to you.')]], Again: [[say('And again.')]] };

/** Starts the proxy anew on the same port, with the same state. @param {Stage} stage */
async function restart({ proxy, model, later }) {
  proxy.kill('SIGKILL');
  await proxy.ended;
  const again = await startProxy({
    port: Number(new URL(proxy.origin).port),
    stateDir: proxy.stateDir,
    env: { ANTHROPIC_API_KEY: 'sk-ant-test-of-the-proxy', ANTHROPIC_BASE_URL: model.url },
  });
  later(() => again.stop(true));
}

/** What needs no proxy: tools, the changeset and a commit. @param {App} app */
async function workWithoutProxy(app) {
  await app.importTree(TREE);
  const done = await app.client('tool', 'Edit', { file_path: 'a.txt', old_string: 'one', new_string: 'uno' });
  assert.equal(done.isError, false);
  await app.changesAre(1);
  assert.deepEqual(await app.diffLines('a.txt'), ['removed one', 'added uno']);
  await app.click('commit');
  await app.see('commit-result', '[data-ok="true"]');
}

for (const name of BROWSERS) {
  describe(`a bad proxy in ${name}`, () => {
    const browser = useBrowser(name);

    it('without any proxy the page opens, works, and says what to do', async () => {
      const files = await startFiles(dist);
      try {
        const app = await App.open(browser(), `${files.origin}/index.html`);
        await app.see('pair-banner', '[data-state="unreachable"]');
        assert.match((await app.texts('pair-banner'))[0], /Run npm start/);
        await workWithoutProxy(app);
        await app.close();
      } finally {
        await files.stop();
      }
    });

    it('a proxy that went away is told, and nothing else stops', async () => {
      await onStage(browser(), HELLO, async (stage) => {
        const { app, proxy } = stage;
        proxy.kill('SIGKILL');
        await proxy.ended;
        await workWithoutProxy(app);
        await app.turn('Hello');
        assert.match((await app.texts('turn-error'))[0], /is the demo-proxy running at http:\/\/127/);
        await app.see('pair-banner', '[data-state="unreachable"]');
        assert.match((await app.texts('pair-banner'))[0], /start it with npm start/);
        await restart(stage);
        await app.click('retry');
        await app.says('assistant-text', 'Hello to you.');
        await app.idle();
        await app.gone('pair-banner');
      });
    });

    it('killed in mid-stream and started again: the words and the session survive', async () => {
      const cut = held([say('These words came before the proxy died. These did not.')], 6);
      await onStage(browser(), { Talk: [cut.answer], ...HELLO }, async (stage) => {
        const { app } = stage;
        await app.importTree(TREE);
        await app.ask('Talk');
        await app.says('assistant-text', 'before the');
        await restart(stage);
        await app.see('turn-error');
        assert.match((await app.texts('turn-error'))[0], /stopped in mid-answer/);
        assert.match((await app.texts('assistant-text'))[0], /^These words came before the/);
        await app.idle();
        await app.turn('Hello');
        await app.says('assistant-text', 'Hello to you.');
        assert.equal(await app.count('pair-banner'), 0, 'no new pairing is needed');
      });
    });

    it('a worker that dies while the proxy is away can be opened again when it is back', async () => {
      await onStage(browser(), HELLO, async (stage) => {
        const { app, proxy } = stage;
        await app.importTree(TREE);
        await app.turn('Hello');
        proxy.kill('SIGKILL');
        await proxy.ended;
        await app.page.evaluate(() => {
          const { client } = /** @type {any} */ (window).umbraPage;
          client.worker.terminate();
          client.tools().catch(() => undefined); // an open call notices that the worker is dead
        });
        await app.see('crashed');
        await app.click('reopen');
        await app.says('crashed', 'worker could not be started');
        await app.says('crashed', 'npm start');
        await restart(stage);
        await app.reopen();
        await app.says('assistant-text', 'Hello to you.');
        await app.turn('Again');
        await app.says('assistant-text', 'And again.');
      });
    });

    it('SIGTERM in mid-stream gives running answers time to end', async () => {
      const slow = held([say('The proxy is asked to stop now, and this is the end.')], 6);
      await onStage(browser(), { Talk: [slow.answer] }, async ({ app, proxy }) => {
        await app.importTree(TREE);
        await app.ask('Talk');
        await app.says('assistant-text', 'The proxy');
        proxy.kill('SIGTERM');
        slow.release();
        await app.says('assistant-text', 'this is the end.');
        await app.idle();
        assert.equal(await proxy.ended, 0);
      });
    });

    it('an expired session goes on, as after a sleep of the machine', async () => {
      await onStage(
        browser(),
        HELLO,
        async ({ app }) => {
          await app.importTree(TREE);
          const paired = Date.now();
          await until(app.page, (then) => Date.now() > then + 2500, paired);
          await app.turn('Hello');
          await app.says('assistant-text', 'Hello to you.');
          await app.gone('pair-banner');
        },
        { proxy: { args: ['--session-seconds', '1'] } },
      );
    });

    it('a session that cannot be renewed any more asks to pair again, and pairing helps', async () => {
      const script = { ...HELLO, Write: [[use('Read', { file_path: 'a.txt' })], [say('Read.')]] };
      const short = { args: ['--session-seconds', '2', '--session-renew-seconds', '2'] };
      await onStage(
        browser(),
        script,
        async ({ app, proxy }) => {
          await app.importTree(TREE);
          const paired = Date.now();
          await until(app.page, (then) => Date.now() > then + 2500, paired);
          await app.turn('Hello');
          assert.match((await app.texts('turn-error'))[0], /status 401: .*pair with the proxy again/i);
          await app.see('pair-banner', '[data-state="unpaired"]');
          const { stdout } = await promisify(execFile)(proxyBinary, [
            ...['pair', '--state-dir', proxy.stateDir, '--port', new URL(proxy.origin).port],
          ]);
          await app.fill('pair-input', stdout.trim().split(/\s+/).at(-1) ?? '');
          await app.click('pair-submit');
          await app.gone('pair-banner');
          await app.turn('Again');
          await app.says('assistant-text', 'And again.');
        },
        { proxy: short },
      );
    });

    it('a session of another secret asks to pair again', async () => {
      await onStage(browser(), HELLO, async (stage) => {
        const { app, proxy } = stage;
        await app.importTree(TREE);
        await rm(path.join(proxy.stateDir, 'session-secret'));
        await restart(stage);
        await app.turn('Hello');
        assert.match((await app.texts('turn-error'))[0], /status 401/);
        await app.see('pair-banner', '[data-state="unpaired"]');
      });
    });

    it('a wrong pairing token keeps nothing shut', async () => {
      await onStage(browser(), {}, async ({ proxy, later }) => {
        const context = await browser().createBrowserContext();
        later(() => context.close());
        const app = await App.open(context, `${proxy.origin}/#pair=not-the-token`);
        assert.equal(new URL(app.page.url()).hash, '');
        await app.see('pair-banner', '[data-state="unpaired"]');
        await app.says('notice', 'Pairing with the proxy failed');
        await workWithoutProxy(app);
      });
    });
  });
}
