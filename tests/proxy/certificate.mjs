// A certificate for tests, made by openssl.
import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import path from 'node:path';
import { temporaryFolder } from './support.mjs';

/** A certificate for the name, signed by itself, and its key. @param {import('node:test').TestContext} t */
export function makeCertificate(t, name = 'umbra.test') {
  const folder = temporaryFolder(t);
  const [cert, key] = [path.join(folder, 'cert.pem'), path.join(folder, 'key.pem')];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'].concat([
      '-keyout',
      key,
      '-out',
      cert,
      '-subj',
      `/CN=${name}`,
      '-addext',
      `subjectAltName=DNS:${name}`,
    ]),
    { stdio: 'ignore' },
  );
  chmodSync(key, 0o600);
  return { cert, key };
}
