/** Runs the demo-proxy's benchmark, prints its figures against the goals and writes them to build/bench-proxy.json. */
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { buildTarget } from './build.mjs';
import { print } from './lib/figures.mjs';
import { Failure, capture, root, script } from './lib/run.mjs';
import { setup } from './setup.mjs';

await script(async () => {
  await setup();
  if (capture('nginx', ['-v']) === null)
    throw new Failure('the peer is missing: apt-get install nginx-light');
  await buildTarget('native', 'demo-proxy');
  await buildTarget('native', 'proxy_bench');
  const { benchProxy, middle } = await import('../tests/bench/proxy.mjs');
  const figures = await benchProxy();
  const { posts, calm, streams } = figures;
  const rate = (/** @type {string} */ way) =>
    middle(
      posts[way].map((/** @type {any} */ { requests, seconds }) => ({ rate: requests / seconds })),
      'rate',
    );
  const added = (/** @type {any} */ runs, /** @type {string} */ field, way = 'proxy') =>
    (middle(runs[way], field) - middle(runs.direct, field)) / 1000;
  const latest = (/** @type {string} */ way) =>
    Math.max(...streams[way].map((/** @type {any} */ run) => run.late_max_us)) / 1000;
  const rows = [
    {
      what: 'small posts on one core, of nginx',
      value: (100 * rate('proxy')) / rate('nginx'),
      unit: '%',
      goal: '≥ 70',
    },
    { what: '… posts a second', value: rate('proxy') / 1000, unit: 'k' },
    { what: '… nginx, one worker', value: rate('nginx') / 1000, unit: 'k' },
    {
      what: 'p99 added, 16 connections, 2,000 posts a second',
      value: added(calm, 'p99_us'),
      unit: 'ms',
      goal: '< 0.5',
    },
    { what: '… nginx', value: added(calm, 'p99_us', 'nginx'), unit: 'ms' },
    { what: 'p99 added, as fast as they can', value: added(posts, 'p99_us'), unit: 'ms', goal: '< 0.5' },
    { what: '… nginx', value: added(posts, 'p99_us', 'nginx'), unit: 'ms' },
    {
      what: 'time to the first event added, 2,000 streams',
      value: added(streams, 'first_p50_us'),
      unit: 'ms',
      goal: '< 0.5',
    },
    {
      what: 'gap between events added, p99',
      value: added(streams, 'gap_p99_us'),
      unit: 'ms',
      goal: '< 0.2',
    },
    { what: '… nginx', value: added(streams, 'gap_p99_us', 'nginx'), unit: 'ms' },
    {
      what: 'an event of 2,000 streams at 20 a second, latest',
      value: latest('proxy'),
      unit: 'ms',
      goal: '< 50',
    },
    { what: '… nginx', value: latest('nginx'), unit: 'ms' },
    { what: 'memory then (PSS)', value: figures.streamsPssMB, unit: 'MB', goal: '< 64' },
    { what: '… with shared libraries in full (RSS)', value: figures.streamsRssMB, unit: 'MB' },
    { what: 'memory when idle (PSS)', value: figures.idlePssMB, unit: 'MB', goal: '< 8' },
    { what: '… with shared libraries in full (RSS)', value: figures.idleRssMB, unit: 'MB' },
    { what: 'cold start to listening', value: figures.coldStartMs, unit: 'ms', goal: '< 30' },
  ];
  const machine = `${os.cpus()[0]?.model ?? 'unknown'}, ${os.cpus().length} cores, ${os.type()} ${os.release()}`;
  console.log(`\ndemo-proxy on ${machine}`);
  print(rows);
  await writeFile(
    path.join(root, 'build/bench-proxy.json'),
    `${JSON.stringify({ machine, ...figures }, null, 2)}\n`,
  );
});
