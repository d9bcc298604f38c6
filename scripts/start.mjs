/** Sets up, builds, and runs the demo-proxy, which serves the page. Further arguments go to the proxy. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { build } from './build.mjs';
import { root, script } from './lib/run.mjs';
import { setup } from './setup.mjs';

await script(async () => {
  await setup();
  await build();
  const parameters = ['--page-dir', path.join(root, 'dist'), ...process.argv.slice(2)];
  const proxy = spawn(path.join(root, 'build/native/demo-proxy'), parameters, { stdio: 'inherit' });
  // The terminal sends Ctrl-C to the proxy itself; this script only waits for its end.
  process.on('SIGINT', () => undefined);
  process.on('SIGTERM', () => proxy.kill('SIGTERM'));
  await new Promise((resolve) => {
    proxy.on('exit', (code) => {
      process.exitCode = code ?? 1;
      resolve(undefined);
    });
  });
});
