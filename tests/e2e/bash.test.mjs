/** The agent's shell in the page: what it prints is seen as it comes, it stays, and stopping it loses nothing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { hashes, readFolder } from './support/folder.mjs';
import { resultsOf, say, use } from './support/model.mjs';
import { BROWSERS, onStage, useBrowser } from './support/stage.mjs';
import { treeOf } from './support/trees.mjs';

const TREE = treeOf({ 'a.txt': 'one\n', 'src/b.txt': 'two\n' });
/** @param {string} command */
const bash = (command, more = {}) => use('Bash', { command, ...more });

for (const name of BROWSERS) {
  describe(`the agent's shell in ${name}`, () => {
    const browser = useBrowser(name);

    it('shows what a command prints while it runs, and keeps the shell', async () => {
      const script = {
        Run: [
          [bash('cd src\nn=3\necho "$n lines" > c.txt; echo begun; sleep 1.5; echo over')],
          [bash('pwd; cat c.txt; echo $n; exit 7')],
          [bash('sleep 0.2; echo late', { run_in_background: true })],
          [bash('sleep 0.5'), use('BashOutput', { bash_id: 'bash_1' })],
          [say('Done.')],
        ],
      };
      await onStage(browser(), script, async ({ app, model }) => {
        await app.importTree(TREE);
        await app.ask('Run');
        await app.says('permission', 'Bash cd src …');
        await app.click('permission-allow-session');
        await app.says('tool-live', 'begun');
        assert.equal(await app.count('tool-result'), 0);
        await app.says('assistant-text', 'Done.');
        await app.idle();
        assert.equal(await app.count('tool-live'), 0);
        assert.deepEqual(await app.cards(), [
          'Bash:done',
          'Bash:error',
          'Bash:done',
          'Bash:done',
          'BashOutput:done',
        ]);
        const [failed, content] = resultsOf(model.requests[2].body)[0];
        assert.equal(failed, true);
        assert.match(content, /^\/workspace\/src\n3 lines\n3\n.*exit status 7$/s);
        const late = resultsOf(model.requests[4].body).at(-1);
        assert.deepEqual(late, [false, '[bash_1 has ended with exit status 0]\nlate\n']);
        assert.equal(await app.count('change-row'), 1);
        assert.deepEqual(hashes(await readFolder(app.page)), hashes(TREE));
      });
    });

    it('stop ends the command and not the shell', async () => {
      const script = {
        Run: [[bash('x=kept; echo a > new.txt; echo begun; while :; do :; done')]],
        Again: [[bash('echo $x; cat new.txt')], [say('Done.')]],
      };
      await onStage(browser(), script, async ({ app, model }) => {
        await app.importTree(TREE);
        await app.ask('Run');
        await app.click('permission-allow-session');
        await app.says('tool-live', 'begun');
        await app.click('stop');
        await app.idle();
        await app.see('change-row');
        await app.turn('Again');
        await app.says('assistant-text', 'Done.');
        const cancelled = 'begun\n[cancelled by the user; what it wrote until then stays]';
        assert.deepEqual(resultsOf(model.requests[1].body), [[true, cancelled]]);
        assert.deepEqual(resultsOf(model.requests[2].body), [[false, 'kept\na\n']]);
      });
    });
  });
}
