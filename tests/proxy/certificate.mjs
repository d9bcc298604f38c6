// Certificates for tests, made by openssl.
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { temporaryFolder } from './support.mjs';

/** @param {string[]} args */
const openssl = (args) => execFileSync('openssl', args, { stdio: 'ignore' });

/**
 * A certificate for the name or address, signed by itself, and its key: the files, and what stands in them.
 * @param {import('node:test').TestContext} t
 * @param {string} [name]
 * @param {{ expired?: boolean }} [options]
 */
export function makeCertificate(t, name = 'umbra.test', { expired = false } = {}) {
  const folder = temporaryFolder(t);
  const files = { cert: path.join(folder, 'cert.pem'), key: path.join(folder, 'key.pem') };
  const request = path.join(folder, 'request.pem');
  openssl([
    ...['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${name}`],
    ...['-addext', `subjectAltName=${net.isIP(name) ? 'IP' : 'DNS'}:${name}`],
    ...['-addext', 'basicConstraints=critical,CA:TRUE', '-keyout', files.key, '-out', request],
  ]);
  openssl([
    ...['x509', '-req', '-in', request, '-signkey', files.key, '-copy_extensions', 'copy'],
    ...['-days', expired ? '-1' : '2', '-out', files.cert],
  ]);
  chmodSync(files.key, 0o600);
  return { files, cert: readFileSync(files.cert), key: readFileSync(files.key) };
}

/**
 * A certificate of an authority of its own: the file has the certificate and then what lies between it and the
 * root, in the wrong order and with another that has nothing to do with it.
 * @param {import('node:test').TestContext} t
 */
export function makeChain(t) {
  const folder = temporaryFolder(t);
  const at = (/** @type {string} */ name) => path.join(folder, name);
  let issuer = '';
  for (const name of ['root', 'upper', 'lower', 'own', 'stranger']) {
    const isOwn = name === 'own' || name === 'stranger';
    openssl(
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'].concat(
        ['-keyout', at(`${name}.key`), '-out', at(`${name}.pem`), '-subj', `/CN=${name}.test`],
        issuer ? ['-CA', at(`${issuer}.pem`), '-CAkey', at(`${issuer}.key`)] : [],
        ['-addext', isOwn ? `subjectAltName=DNS:${name}.test` : 'keyUsage=critical,keyCertSign'],
        isOwn ? ['-addext', 'basicConstraints=critical,CA:FALSE'] : [],
      ),
    );
    if (!isOwn) issuer = name;
  }
  const cert = at('chain.pem');
  const parts = ['own', 'upper', 'stranger', 'lower'].map((name) => readFileSync(at(`${name}.pem`), 'utf8'));
  writeFileSync(cert, parts.join(''));
  chmodSync(at('own.key'), 0o600);
  return { cert, key: at('own.key'), root: readFileSync(at('root.pem')) };
}

/**
 * Another certificate for the same key, good between two days: "YYYYMMDDHHMMSSZ".
 * @param {import('node:test').TestContext} t
 * @param {string} key
 * @param {string} from
 * @param {string} until
 */
export function certifyBetween(t, key, from, until) {
  const folder = temporaryFolder(t);
  const at = (/** @type {string} */ name) => path.join(folder, name);
  writeFileSync(at('index'), '');
  writeFileSync(at('serial'), '01\n');
  writeFileSync(
    at('config'),
    `[ca]\ndefault_ca=own\n[own]\ndatabase=${at('index')}\nserial=${at('serial')}\nnew_certs_dir=${folder}\ndefault_md=sha256\n` +
      'policy=any\n[any]\ncommonName=supplied\n[req]\ndistinguished_name=name\n[name]\n',
  );
  const config = ['-config', at('config')];
  openssl(['req', '-new', ...config, '-key', key, '-subj', '/CN=umbra.test', '-out', at('request')]);
  openssl(
    ['ca', '-selfsign', '-batch', '-notext', ...config, '-keyfile', key].concat([
      ...['-startdate', from, '-enddate', until, '-in', at('request'), '-out', at('cert.pem')],
    ]),
  );
  return at('cert.pem');
}
