/** What the project needs from the system, with the Debian or Ubuntu package that brings it. */
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { capture } from './run.mjs';

/** @param {string} name */
function command(name) {
  return (process.env.PATH ?? '').split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** @param {string} name */
const library = (name) => capture('pkg-config', ['--exists', name]) !== null;

/**
 * @typedef {{ what: string, packages: string[], present: () => boolean }} Need
 * @type {Need[]}
 */
export const buildNeeds = [
  { what: 'a C compiler', packages: ['gcc', 'libc6-dev'], present: () => command('gcc') },
  { what: 'CMake', packages: ['cmake'], present: () => command('cmake') },
  { what: 'Ninja', packages: ['ninja-build'], present: () => command('ninja') },
  { what: 'pkg-config', packages: ['pkg-config'], present: () => command('pkg-config') },
  { what: 'Emscripten', packages: ['emscripten'], present: () => command('emcc') },
  { what: 'libmicrohttpd', packages: ['libmicrohttpd-dev'], present: () => library('libmicrohttpd') },
  { what: 'GnuTLS', packages: ['libgnutls28-dev'], present: () => library('gnutls') },
  { what: 'libjwt', packages: ['libjwt-dev'], present: () => library('libjwt') },
  { what: 'libcurl', packages: ['libcurl4-openssl-dev'], present: () => library('libcurl') },
  { what: 'libarchive', packages: ['libarchive-dev'], present: () => library('libarchive') },
  { what: 'c-ares', packages: ['libc-ares-dev'], present: () => library('libcares') },
  { what: 'OpenSSL', packages: ['libssl-dev'], present: () => library('libcrypto') },
  { what: 'SQLite', packages: ['libsqlite3-dev'], present: () => library('sqlite3') },
  { what: 'libseccomp', packages: ['libseccomp-dev'], present: () => library('libseccomp') },
  { what: 'cJSON', packages: ['libcjson-dev'], present: () => library('libcjson') },
  {
    what: 'dpkg-source (for cJSON in WebAssembly)',
    packages: ['dpkg-dev'],
    present: () => command('dpkg-source'),
  },
];

/** @type {Need[]} */
export const testNeeds = [
  { what: 'cmocka', packages: ['libcmocka-dev'], present: () => library('cmocka') },
  {
    what: 'the openssl command (certificates for tests)',
    packages: ['openssl'],
    present: () => command('openssl'),
  },
  { what: 'Python 3', packages: ['python3'], present: () => command('python3') },
  { what: 'Clang (fuzz targets)', packages: ['clang'], present: () => command('clang') },
  { what: 'clang-format', packages: ['clang-format'], present: () => command('clang-format') },
  { what: 'clang-tidy', packages: ['clang-tidy'], present: () => command('clang-tidy') },
  {
    what: 'the sanitizer and fuzzer runtime of Clang',
    packages: ['libclang-rt-dev'],
    present: () => {
      const folder = command('clang') && capture('clang', ['-print-runtime-dir']);
      const resources = command('clang') && capture('clang', ['-print-resource-dir']);
      return [folder, resources && path.join(resources, 'lib/linux')].some((place) => {
        try {
          if (!place) return false;
          accessSync(path.join(place, 'libclang_rt.fuzzer-x86_64.a'));
          return true;
        } catch {
          return process.arch !== 'x64';
        }
      });
    },
  },
  {
    what: 'Chromium (or UMBRA_CHROMIUM, its path)',
    packages: ['chromium'],
    present: () => Boolean(process.env.UMBRA_CHROMIUM) || command('chromium'),
  },
  {
    what: 'Firefox (or UMBRA_FIREFOX, its path)',
    packages: ['firefox-esr'],
    present: () => Boolean(process.env.UMBRA_FIREFOX) || command('firefox-esr') || command('firefox'),
  },
];

/**
 * Without these some of the proxy's tests leave themselves out. Their packages start a service.
 * @type {Need[]}
 */
export const serviceNeeds = [
  { what: 'nginx', packages: ['nginx-light'], present: () => command('nginx') },
  { what: 'Caddy', packages: ['caddy'], present: () => command('caddy') },
];
