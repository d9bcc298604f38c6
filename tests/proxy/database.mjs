// The proxy's database as another program sees it: Python's SQLite reads and writes the file while the proxy runs.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import path from 'node:path';
import { jsonLines } from './support.mjs';

const QUERY = `
import json, sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=5)
rows = []
for statement in json.loads(sys.argv[2]):
    rows = db.execute(statement).fetchall()
print(json.dumps(rows))
`;

const HOLD = `
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute('BEGIN IMMEDIATE')
print('held', flush=True)
sys.stdin.read()
db.execute('COMMIT')
print('released', flush=True)
`;

/** @param {string} state */
export const fileOf = (state) => path.join(state, 'proxy.db');

/**
 * Runs statements and returns the rows of the last.
 * @param {string} state
 * @param {...string} statements
 * @returns {any[][]}
 */
export function sql(state, ...statements) {
  const done = spawnSync('python3', ['-c', QUERY, fileOf(state), JSON.stringify(statements)], {
    encoding: 'utf8',
  });
  if (done.status !== 0) throw new Error(done.stderr);
  return JSON.parse(done.stdout);
}

/**
 * Keeps others from writing until the returned function is called.
 * @param {string} state
 */
export async function holdDatabase(state) {
  const child = spawn('python3', ['-c', HOLD, fileOf(state)], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return async () => {
    child.stdin.end();
    await once(child, 'close');
  };
}

/** As docs/demo-proxy-audit.md has it. @param {any} value */
function netstring(value) {
  if (value === null) return '-,';
  const bytes = Buffer.from(String(value));
  return `${bytes.length}:${bytes},`;
}

/** @param {string} text */
const sha256 = (text) => createHash('sha256').update(text).digest('hex');

/** The hash of a record that names the one before it. @param {any} r */
function hashOf(r) {
  const fields = [
    'umbra-audit-1',
    r.previous,
    r.seq,
    r.time,
    ...[r.kind, r.actor, r.route, r.provider, r.model],
    ...[r.status, r.bytes_in, r.bytes_out, r.duration_ms, r.micro_dollars],
    r.detail_hash,
  ];
  return sha256(fields.map(netstring).join(''));
}

/** What a record's detail must say of its bodies. @param {any} b */
export function hashOfBodies(b) {
  const fields = ['umbra-bodies-1', b.nonce, b.request, b.answer, b.request_bytes, b.answer_bytes];
  return sha256([...fields, Number(b.request_cut), Number(b.answer_cut)].map(netstring).join(''));
}

/** Links records anew after a change. @param {any[]} records */
export function chain(records) {
  let previous = '0'.repeat(64);
  for (const r of records) {
    r.previous = previous;
    r.hash = previous = hashOf(r);
  }
  return records;
}

/**
 * Follows the chain of exported lines by the document alone.
 * @param {string} text
 * @param {string} [anchor] hash of the record before the first
 */
export function verifyExport(text, anchor = '0'.repeat(64)) {
  const records = jsonLines(text);
  let previous = anchor;
  for (const r of records) {
    if (r.previous !== previous) throw new Error(`record ${r.seq} does not follow`);
    if (r.detail !== null && sha256(r.detail) !== r.detail_hash) throw new Error(`detail of ${r.seq}`);
    if (hashOf(r) !== r.hash) throw new Error(`record ${r.seq} was changed`);
    if (r.bodies && JSON.parse(r.detail).bodies !== hashOfBodies(r.bodies))
      throw new Error(`bodies of ${r.seq}`);
    previous = r.hash;
  }
  return records;
}
