/** The terminal in the page: an interactive shell on the workspace, as a person types into it. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { BROWSERS, onStage, useBrowser } from './support/stage.mjs';
import { treeOf } from './support/trees.mjs';
import { until } from './support/until.mjs';

/** @typedef {import('./support/app.mjs').App} App */

/** What stands on the screen of the terminal. @param {App} app @returns {Promise<string>} */
const screen = (app) =>
  app.page.$$eval('.xterm-rows > div', (rows) =>
    rows
      .map((row) => (row.textContent ?? '').trimEnd())
      .join('\n')
      .trimEnd(),
  );

/** Waits until the screen has something. @param {App} app @param {string} pattern of a regular expression */
async function shows(app, pattern) {
  try {
    await until(
      app.page,
      (source) =>
        new RegExp(source, 'm').test(
          [...document.querySelectorAll('.xterm-rows > div')]
            .map((row) => row.textContent?.trimEnd())
            .join('\n'),
        ),
      pattern,
    );
  } catch (error) {
    throw new Error(`waited for ${pattern}; the terminal shows:\n${await screen(app)}`, { cause: error });
  }
}

/** @param {App} app @param {string} line */
async function type(app, line) {
  await app.page.keyboard.type(line);
  await app.page.keyboard.press('Enter');
}

/** @param {App} app @param {string} key */
async function control(app, key) {
  await app.page.keyboard.down('Control');
  await app.page.keyboard.press(/** @type {any} */ (key));
  await app.page.keyboard.up('Control');
}

/** @param {App} app */
const hasKeyboard = (app) =>
  until(app.page, () => document.activeElement?.classList.contains('xterm-helper-textarea'));

const PROMPT = '\\$ ?$';

/** @param {App} app */
async function openTerminal(app) {
  await app.importTree(
    treeOf({ 'read me.txt': 'hello\n', 'src/main.c': 'int main;\n', 'src/make.sh': 'make\n' }),
  );
  await app.click('terminal');
  await shows(app, PROMPT);
  await hasKeyboard(app);
}

for (const name of BROWSERS) {
  describe(`the terminal in ${name}`, () => {
    const browser = useBrowser(name);

    it('runs commands on the shadow workspace; what they change is to be reviewed', async () => {
      await onStage(browser(), {}, async ({ app }) => {
        await openTerminal(app);
        await type(app, 'cat "read me.txt" | tr a-z A-Z; pwd');
        await shows(app, '^HELLO\\n/workspace$');
        await type(app, 'echo more >> "read me.txt"; echo new > src/new.txt; rm src/make.sh');
        await app.see('change-row', '[data-path="src/new.txt"]');
        await app.see('change-row', '[data-path="src/make.sh"]');
        await app.see('change-row', '[data-path="read me.txt"]');
        if (process.env.UMBRA_SCREENSHOTS)
          await writeFile(
            `${process.env.UMBRA_SCREENSHOTS}/terminal-${name}.png`,
            await app.page.screenshot(),
          );
      });
    });

    it('stops what runs with Ctrl-C, and hides and comes back with its shell', async () => {
      await onStage(browser(), {}, async ({ app }) => {
        await openTerminal(app);
        await type(app, 'variable=kept');
        await type(app, 'while :; do :; done');
        await control(app, 'c');
        await type(app, 'echo "status $?"');
        await shows(app, '^status 130$');
        await type(app, 'sleep 1000');
        await control(app, 'c');
        await type(app, 'yes');
        await shows(app, '^y\\ny\\ny$');
        await control(app, 'c');
        await type(app, 'clear 2>/dev/null; echo "still $variable"');
        await shows(app, '^still kept$');
        await control(app, 'Backquote');
        await until(app.page, () => !document.querySelector('.terminal-panel')?.checkVisibility());
        await control(app, 'Backquote');
        await hasKeyboard(app);
        await type(app, 'echo "again $variable"');
        await shows(app, '^again kept$');
      });
    });

    it('has colours and the size of its place, and begins anew when the shell exits', async () => {
      await onStage(browser(), {}, async ({ app }) => {
        await openTerminal(app);
        const columns = async (/** @type {string} */ tag) => {
          await type(app, `echo "${tag}=$(stty size | cut -d" " -f2)="`);
          await shows(app, `^${tag}=\\d+=$`);
          return Number(new RegExp(`^${tag}=(\\d+)=$`, 'm').exec(await screen(app))?.[1]);
        };
        const wide = await columns('wide');
        await app.page.setViewport({ width: 600, height: 700 });
        await app.click('tab-terminal');
        await hasKeyboard(app);
        const narrow = await columns('narrow');
        assert.ok(narrow < wide, `${narrow} columns after ${wide}`);
        await type(app, "printf '\\033[31mred\\033[0m \\033[38;2;1;2;3mexact\\033[0m\\n'");
        await shows(app, '^red exact$');
        const colours = await app.page.$$eval('.xterm-rows span', (spans) =>
          Object.fromEntries(spans.map((span) => [span.textContent, getComputedStyle(span).color])),
        );
        assert.equal(colours.exact, 'rgb(1, 2, 3)');
        assert.notEqual(colours.red, undefined);
        await type(app, 'exit 3');
        await shows(app, 'The shell has ended \\(status 3\\)\\. Press Enter');
        await app.page.keyboard.press('Enter');
        await shows(app, PROMPT);
        await type(app, 'echo anew');
        await shows(app, '^anew$');
      });
    });
  });
}
