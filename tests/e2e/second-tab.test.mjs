/** Two tabs on one workspace: the second says so, and opens when the first is closed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { App } from './support/app.mjs';
import { hashes } from './support/folder.mjs';
import { say } from './support/model.mjs';
import { BROWSERS, onStage, useBrowser } from './support/stage.mjs';
import { treeOf } from './support/trees.mjs';

const TREE = treeOf({ 'a.txt': 'one\n' });

for (const name of BROWSERS) {
  describe(`a second tab in ${name}`, () => {
    const browser = useBrowser(name);
    it('is told who holds the workspace, and gets it when the first tab is closed', async () => {
      const script = { One: [[say('In the first tab.')]], Two: [[say('In the second tab.')]] };
      await onStage(browser(), script, async ({ app, proxy, later }) => {
        await app.importTree(TREE);
        await app.turn('One');
        const second = await App.open(browser(), `${proxy.origin}/`);
        later(() => second.close());
        await second.see('gate', '[data-phase="held"]');
        assert.match((await second.texts('gate'))[0], /open in another tab; close it there and try again/);
        // The first is not disturbed.
        assert.deepEqual(await app.workspace(TREE.keys()), hashes(TREE));
        await app.page.goto('about:blank');
        await second.click('open-retry');
        await second.says('assistant-text', 'In the first tab.');
        await second.turn('Two');
        await second.says('assistant-text', 'In the second tab.');
        assert.deepEqual(await second.workspace(TREE.keys()), hashes(TREE));
      });
    });
  });
}
