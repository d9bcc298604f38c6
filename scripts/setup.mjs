/**
 * Sees to it that this machine can build (and, with --for-tests, test) the project. Quick and silent when nothing
 * is missing. Installs with apt where it may, else says exactly what to install.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cjsonSource } from './lib/cjson.mjs';
import { buildNeeds, serviceNeeds, testNeeds } from './lib/needs.mjs';
import { Failure, capture, root, run, script } from './lib/run.mjs';

/** How apt-get may be called here, null when it may not. @returns {string[] | null} */
function aptCommand() {
  if (capture('apt-get', ['--version']) === null) return null;
  if (process.getuid?.() === 0) return ['apt-get'];
  return capture('sudo', ['-n', 'true']) === null ? null : ['sudo', '-n', 'apt-get'];
}

/** @param {string[]} apt @param {string[]} packages */
async function install([command, ...first], packages) {
  const environment = { DEBIAN_FRONTEND: 'noninteractive' };
  console.log(`umbra: installing ${packages.join(' ')}`);
  await run(command, [...first, 'update'], { quiet: true, env: environment });
  await run(command, [...first, 'install', '-y', '--no-install-recommends', ...packages], {
    quiet: true,
    env: environment,
  });
}

/** @param {import('./lib/needs.mjs').Need[]} needs */
async function installMissing(needs) {
  // One by one: whether a library is there can only be asked once pkg-config is.
  const missing = needs.filter((need) => !need.present());
  if (missing.length === 0) return;
  const packages = missing.flatMap((need) => need.packages);
  const apt = aptCommand();
  const advice = `apt-get install ${packages.join(' ')}`;
  console.log(`umbra: missing ${missing.map((need) => need.what).join(', ')}`);
  if (!apt) throw new Failure(`these cannot be installed from here; run as root:\n  ${advice}`);
  await install(apt, packages);
  checkNode();
  const still = needs.filter((need) => !need.present());
  if (still.length) {
    throw new Failure(
      `still missing after the installation: ${still.map((need) => need.what).join(', ')}; try\n  ${advice}`,
    );
  }
}

/** What forbids packages to start their services; containers have it. */
const NO_SERVICES = '/usr/sbin/policy-rc.d';

/** Programs that come with a service are installed only where it is not started. */
async function installServices() {
  const missing = serviceNeeds.filter((need) => !need.present());
  if (missing.length === 0) return;
  const packages = missing.flatMap((need) => need.packages);
  const apt = existsSync(NO_SERVICES) ? aptCommand() : null;
  if (apt) return install(apt, packages);
  const names = missing.map((need) => need.what).join(' and ');
  console.log(
    `umbra: without ${names} some tests of the proxy are left out (apt-get install ${packages.join(' ')})`,
  );
}

/** Emscripten's package brings the distribution's Node.js along, which must not take this one's place. */
function checkNode() {
  for (const command of ['node', process.execPath]) {
    const version = capture(command, ['--version']);
    if (version === process.version) continue;
    throw new Failure(
      `${command} is Node.js ${version} now, this is ${process.version}: put your own first in PATH and try again`,
    );
  }
}

/** The npm packages of package-lock.json, when they are not there as locked. */
async function installPackages() {
  const stamp = path.join(root, 'node_modules/.umbra-lock');
  // Some packages have a part for each platform and version of Node.js.
  const platform = `${process.platform} ${process.arch} ${process.version}\n`;
  const lock = platform + readFileSync(path.join(root, 'package-lock.json'), 'utf8');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  console.log('umbra: installing the npm packages');
  await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { quiet: true });
  writeFileSync(stamp, lock);
}

/** @param {{ tests?: boolean }} [options] */
export async function setup(options = {}) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new Failure(`Node.js ${process.versions.node} is too old; install Node.js 20.19 or newer`);
  }
  await installMissing(options.tests ? [...buildNeeds, ...testNeeds] : buildNeeds);
  if (options.tests) await installServices();
  await installPackages();
  await cjsonSource();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await script(async () => {
    await setup({ tests: process.argv.includes('--for-tests') });
    console.log('umbra: everything that is needed is here');
  });
}
