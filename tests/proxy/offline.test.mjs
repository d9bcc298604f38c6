// The offline demo end to end: a small agent loop with real files and Umbra's tool formats, over the real proxy.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { call, foldMessage, messages, pair, post, startProxy, temporaryFolder } from './support.mjs';

const NAMES = ['Read', 'Write', 'Edit', 'ListDir', 'Glob', 'Grep'];

/** The tools, as Umbra's core answers them, over a folder. */
class Tools {
  /** @param {string} root */
  constructor(root) {
    this.root = root;
    /** @type {{ name: string, input: any }[]} */
    this.calls = [];
    /** @type {Set<string>} */
    this.deny = new Set();
  }
  /** @returns {string[]} */
  files(from = '') {
    return readdirSync(path.join(this.root, from))
      .sort()
      .flatMap((name) => {
        const file = from ? `${from}/${name}` : name;
        return statSync(path.join(this.root, file)).isDirectory() ? this.files(file) : [file];
      });
  }
  /**
   * @param {string} file
   * @param {string} pattern
   */
  fits(file, pattern) {
    const text = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\?/g, '.')
      .replace(/\*\*\//g, '<any>')
      .replace(/\*/g, '[^/]*')
      .replace(/<any>/g, '(.*/)?');
    return new RegExp(`^${text}$`).test(pattern.includes('/') ? file : path.basename(file));
  }
  /**
   * @param {string} name
   * @param {any} input
   * @returns {{ content: string, is_error?: boolean }}
   */
  run(name, input) {
    this.calls.push({ name, input });
    if (this.deny.has(name)) return { content: `The user denied this ${name}.`, is_error: true };
    try {
      return { content: /** @type {any} */ (this)[name](input) };
    } catch (error) {
      return { content: /** @type {Error} */ (error).message, is_error: true };
    }
  }
  /** @param {any} input */
  Read({ file_path: file }) {
    if (!existsSync(path.join(this.root, file))) throw new Error(`${file}: no such file`);
    return readFileSync(path.join(this.root, file), 'utf8')
      .replace(/\n$/, '')
      .split('\n')
      .map((l, i) => `${String(i + 1).padStart(6)}\t${l}\n`)
      .join('');
  }
  /** @param {any} input */
  Write({ file_path: file, content }) {
    writeFileSync(path.join(this.root, file), content);
    return `Wrote ${file}`;
  }
  /** @param {any} input */
  Edit({ file_path: file, old_string: from, new_string: to, replace_all: all }) {
    const full = path.join(this.root, file);
    const text = readFileSync(full, 'utf8');
    const count = text.split(from).length - 1;
    if (count === 0) throw new Error('old_string not found');
    if (count > 1 && !all) throw new Error('old_string is not unique');
    writeFileSync(full, text.split(from).join(to));
    return `Replaced ${count}`;
  }
  /** @param {any} input */
  ListDir({ path: folder = '' } = {}) {
    return readdirSync(path.join(this.root, folder))
      .sort()
      .map((n) => (statSync(path.join(this.root, folder, n)).isDirectory() ? `${n}/` : n))
      .join('\n');
  }
  /** @param {any} input */
  Glob({ pattern }) {
    return (
      this.files()
        .filter((f) => this.fits(f, pattern))
        .join('\n') || 'No files found'
    );
  }
  /** @param {any} input */
  Grep({ pattern, path: at, glob, output_mode: mode = 'files_with_matches', word, fixed }) {
    assert.ok(fixed, 'the demo only searches literally');
    const literal = pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const regex = new RegExp(word ? `(?<![\\w])${literal}(?![\\w])` : literal);
    const out = /** @type {string[]} */ ([]);
    for (const file of this.files()) {
      if (at && file !== at && !file.startsWith(at.replace(/\/?$/, '/'))) continue;
      if (glob && !this.fits(file, glob)) continue;
      const hits = readFileSync(path.join(this.root, file), 'utf8')
        .split('\n')
        .map((line, i) => ({ n: i + 1, line }))
        .filter(({ line }) => regex.test(line));
      if (hits.length && mode === 'files_with_matches') out.push(file);
      if (mode === 'content') out.push(...hits.map(({ n, line }) => `${file}:${n}:${line}`));
    }
    return out.join('\n') || 'No matches found';
  }
}

/**
 * @param {import('./support.mjs').Test} t
 * @param {Record<string, string>} files
 */
async function start(t, files) {
  const root = path.join(temporaryFolder(t), 'project');
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
    writeFileSync(path.join(root, name), text);
  }
  const proxy = await startProxy(t, ['--offline-delay-ms', '0']);
  const session = await pair(proxy);
  const tools = new Tools(root);
  const agent = async (
    /** @type {string} */ prompt,
    { names = NAMES, stream = true, history = /** @type {any[]} */ ([]) } = {},
  ) => {
    const list = [...history, { role: 'user', content: [{ type: 'text', text: prompt }] }];
    const ids = new Set();
    for (let turn = 0; turn < 60; turn++) {
      const body = {
        ...messages(''),
        stream,
        messages: list,
        system: 'You are Umbra.',
        max_tokens: 8192,
        tools: names.map((name) => ({ name, input_schema: { type: 'object' } })),
      };
      const answer = await call(proxy, post(proxy, session, body));
      assert.equal(answer.status, 200, answer.text);
      const message = stream ? foldMessage(answer.text) : answer.json;
      assert.equal(message.model, 'umbra-offline-demo');
      assert.equal(message.role, 'assistant');
      assert.ok(message.usage.input_tokens > 0 && message.usage.output_tokens > 0);
      list.push({ role: 'assistant', content: message.content });
      const uses = message.content.filter((/** @type {any} */ b) => b.type === 'tool_use');
      assert.equal(message.stop_reason, uses.length ? 'tool_use' : 'end_turn');
      if (!uses.length)
        return {
          text: message.content.map((/** @type {any} */ b) => b.text).join(''),
          list,
          turns: turn + 1,
        };
      list.push({
        role: 'user',
        content: uses.map((/** @type {any} */ use) => {
          assert.ok(names.includes(use.name), `${use.name} was not offered`);
          assert.ok(!ids.has(use.id), 'ids are unique');
          ids.add(use.id);
          return { type: 'tool_result', tool_use_id: use.id, ...tools.run(use.name, use.input) };
        }),
      });
    }
    throw new Error('the demo does not come to an end');
  };
  return { root, tools, agent, read: (/** @type {string} */ f) => readFileSync(path.join(root, f), 'utf8') };
}

const PROJECT = {
  'README.md':
    '# Larder\n\nLarder keeps recipes. It is small! It has no server.\n\n## Build\n\nRun make.\n\n## Use\n\n`larder add soup`\n',
  'package.json': '{ "name": "larder" }\n',
  'src/main.c':
    '/* main: starts the larder. */\n#include "larder.h"\nint main(void)\n{\n    return larder_open();\n}\n',
  'src/larder.c':
    '#include "larder.h"\nint larder_open(void) { return 0; }\nint count;\ncount = count + 1;\n',
  'src/larder.h': 'int larder_open(void);\n',
  'src/counter.c':
    'int counter;\nint count;\nint recount = count + counter; /* count the count */\nreturn count;\n',
  'docs/a b.txt': 'count me\r\nand count again\r\n',
};

test('rename: whole words only, in every file, reported', async (t) => {
  const { agent, read, tools } = await start(t, PROJECT);
  const { text } = await agent('Please rename the variable “count” to total across all files.');
  assert.equal(
    read('src/larder.c'),
    '#include "larder.h"\nint larder_open(void) { return 0; }\nint total;\ntotal = total + 1;\n',
  );
  assert.equal(
    read('src/counter.c'),
    'int counter;\nint total;\nint recount = total + counter; /* total the total */\nreturn total;\n',
  );
  assert.equal(read('docs/a b.txt'), 'total me\r\nand total again\r\n');
  assert.equal(read('README.md'), PROJECT['README.md']);
  assert.match(text, /renamed `count` to `total` in 3 files/);
  for (const file of ['src/larder.c', 'src/counter.c', 'docs/a b.txt']) assert.ok(text.includes(file), file);
  assert.match(text, /[Ss]cripted offline demo, not a model/);
  assert.deepEqual(tools.calls[0].input, {
    pattern: 'count',
    output_mode: 'files_with_matches',
    fixed: true,
    word: true,
  });
});

test('rename: a scope, a denial, a word that is not there, an error', async (t) => {
  const { agent, read, tools } = await start(t, PROJECT);
  assert.match((await agent('rename larder_open to open_larder in *.h')).text, /in 1 file:/);
  assert.equal(read('src/larder.h'), 'int open_larder(void);\n');
  assert.match(read('src/main.c'), /larder_open/);
  assert.match((await agent("replace 'nowhere' with 'somewhere'")).text, /does not occur/);
  tools.deny.add('Edit');
  const denied = await agent('rename count -> total');
  assert.match(denied.text, /changed no file/);
  assert.match(denied.text, /did not allow/);
  assert.equal(read('src/larder.c'), PROJECT['src/larder.c']);
  tools.deny.clear();
  tools.Grep = () => {
    throw new Error('Grep broke');
  };
  assert.match((await agent('rename count to total')).text, /Grep broke/);
});

test('rename: many files go in several turns', async (t) => {
  const files = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`f${i}.js`, `let alpha = ${i};\n`]));
  const { agent, read, tools } = await start(t, files);
  const { text } = await agent('rename alpha to beta in *.js');
  for (let i = 0; i < 50; i++) assert.equal(read(`f${i}.js`), `let beta = ${i};\n`);
  assert.match(text, /in 50 files/);
  assert.equal(tools.calls.filter((c) => c.name === 'Edit').length, 50);
});

test('list, find and read', async (t) => {
  const { agent } = await start(t, PROJECT);
  const list = await agent('What files are in src/?');
  for (const name of ['main.c', 'larder.c', 'larder.h', 'counter.c']) assert.ok(list.text.includes(name));
  const globbed = await agent('find all *.h files');
  assert.match(globbed.text, /src\/larder\.h/);
  const found = await agent('Where is larder_open used?');
  assert.match(found.text, /occurs in 3 lines of 3 files/);
  assert.match(found.text, /src\/larder\.c:2:/);
  assert.match((await agent('search for "no such words" in src/')).text, /does not occur in src\//);
  const readme = await agent('show me README.md');
  assert.match(readme.text, /```\n# Larder\n/);
  const elsewhere = await agent('open main.c');
  assert.match(elsewhere.text, /src\/main\.c/);
  assert.match(elsewhere.text, /larder_open\(\)/);
  assert.match((await agent('read missing.txt')).text, /There is no file `missing\.txt`/);
});

test('summarise a project and a file, from what is really there', async (t) => {
  const { agent } = await start(t, PROJECT);
  const project = await agent('Summarise this project');
  assert.match(project.text, /2 files and 2 folders/);
  assert.match(project.text, /Larder keeps recipes\. It is small!/);
  assert.match(project.text, /- Build\n- Use/);
  const file = await agent('summarize src/main.c please');
  assert.match(file.text, /src\/main\.c\*\*: 6 lines/);
  assert.match(file.text, /main: starts the larder/);
  assert.match((await agent('What does this project do?')).text, /Larder keeps recipes/);
});

test('create a page', async (t) => {
  const { agent, root, read } = await start(t, { ...PROJECT, 'bee-keeping.html': 'mine' });
  const named = await agent(
    'Create a web page about <Tea & Toast> called tea.html with sections menu, opening hours and contact',
  );
  assert.match(named.text, /tea\.html/);
  const page = read('tea.html');
  assert.match(page, /^<!doctype html>/);
  assert.match(page, /Tea &amp; Toast/);
  assert.match(page, /<h2>Opening hours<\/h2>/);
  assert.ok(!/<script|https?:/.test(page));
  await agent('make a website about bee keeping');
  assert.equal(read('bee-keeping.html'), 'mine', 'an existing file is not overwritten unasked');
  assert.ok(existsSync(path.join(root, 'bee-keeping-2.html')));
});

test('anything else is told plainly what this is', async (t) => {
  const { agent } = await start(t, PROJECT);
  for (const prompt of [
    'hello',
    'Write me a poem',
    'rename',
    'fix the bug',
    '???',
    'change the title to Foo',
  ])
    assert.match((await agent(prompt)).text, /scripted offline demo, not a model/, prompt);
});

test('only offered tools are used, in streams and in plain messages', async (t) => {
  const { agent } = await start(t, PROJECT);
  for (const prompt of [
    'list files',
    'find foo',
    'show README.md',
    'summarise the project',
    'rename count to total',
    'create a page about tea',
  ]) {
    assert.match((await agent(prompt, { names: [] })).text, /offers|offer/, prompt);
    assert.match((await agent(prompt, { stream: false })).text, /[Ss]cripted offline demo/);
  }
  assert.match((await agent('list files', { names: ['Glob'] })).text, /README\.md/);
});

test('the second prompt of a conversation starts afresh', async (t) => {
  const { agent } = await start(t, PROJECT);
  const first = await agent('list the files');
  const second = await agent('find larder_open', { history: first.list });
  assert.match(second.text, /occurs in 3 lines/);
});
