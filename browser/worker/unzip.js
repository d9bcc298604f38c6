/**
 * Reading a ZIP that is at hand as a whole (PKWARE, "APPNOTE.TXT" 6.3.10): by the directory at its end, which says
 * modes, links and sizes; what stands before the data does not. Data are unpacked by fflate and checked.
 */
import { Inflate } from 'fflate';
import { UmbraError, messageOf } from './errors.js';

/** Bytes that are read at once, and packed ones that are unpacked at once (they may become 1,032 times as many). */
const WINDOW_SIZE = 4 << 20;
const PACKED_SIZE = 32 << 10;
/** The end of a ZIP is within so many bytes: its record and the longest comment. */
const END_SIZE = 22;
const COMMENT_MAX = 0xffff;
const END = 0x06054b50;
const END64_PLACE = 0x07064b50;
const END64 = 0x06064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const CENTRAL_SIZE = 46;
const LOCAL_SIZE = 30;
const IN_ZIP64 = 0xffffffff;
/** Extra fields: ZIP64, and of Info-ZIP ("extrafld.txt" of Zip 3.0) times and names. */
const EXTRA_ZIP64 = 0x0001;
const EXTRA_TIMES = 0x5455;
const EXTRA_NAME = 0x7075;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED = 1;
/** Systems whose external attributes have a Unix mode: Unix and macOS. */
const UNIX_HOSTS = [3, 19];
const TYPE_MASK = 0o170000;
const TYPES = { file: 0o100000, directory: 0o040000, link: 0o120000 };
const TARGET_MAX = 4096;

/** @param {string} what */
const damaged = (what) => new UmbraError('EPARSE', `the ZIP archive is damaged or cut off: ${what}`);

/** A piece of a Blob in memory; neighbouring reads cost nothing. */
class Window {
  #bytes = new Uint8Array();
  #at = 0;

  /** @param {Blob} blob */
  constructor(blob) {
    this.blob = blob;
  }

  /** Valid until the next read. @param {number} at @param {number} size */
  async read(at, size) {
    if (at < 0 || at + size > this.blob.size) throw damaged('it ends too early');
    if (at < this.#at || at + size > this.#at + this.#bytes.length) {
      const part = this.blob.slice(at, at + Math.max(size, WINDOW_SIZE));
      this.#bytes = new Uint8Array(await part.arrayBuffer());
      this.#at = at;
    }
    return this.#bytes.subarray(at - this.#at, at - this.#at + size);
  }
}

/** @param {Uint8Array} bytes */
const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** @param {DataView} view @param {number} at */
function number64(view, at) {
  const value = Number(view.getBigUint64(at, true));
  if (!Number.isSafeInteger(value)) throw damaged('a number in it cannot be');
  return value;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value;
});

/** CRC-32 as in ISO/IEC 3309, gone on with. @param {number} crc @param {Uint8Array} bytes */
function crc32(crc, bytes) {
  let value = ~crc;
  for (let at = 0; at < bytes.length; at++) value = CRC_TABLE[(value ^ bytes[at]) & 0xff] ^ (value >>> 8);
  return ~value >>> 0;
}

/**
 * Where the directory is, and how many entries it has.
 * @param {Window} window
 */
async function findDirectory(window) {
  const { size } = window.blob;
  const from = Math.max(0, size - END_SIZE - COMMENT_MAX);
  const view = viewOf(await window.read(from, size - from));
  for (let at = view.byteLength - END_SIZE; at >= 0; at--) {
    if (view.getUint32(at, true) !== END) continue;
    if (at + END_SIZE + view.getUint16(at + 20, true) > view.byteLength) continue;
    const count = view.getUint16(at + 10, true);
    const place = view.getUint32(at + 16, true);
    const end64 = place === IN_ZIP64 || count === 0xffff ? await findEnd64(window, from + at - 20) : null;
    return end64 ?? { count, at: place };
  }
  throw damaged('its directory at the end is missing');
}

/** @param {Window} window @param {number} at */
async function findEnd64(window, at) {
  if (at < 0) return null;
  const place = viewOf(await window.read(at, 20));
  if (place.getUint32(0, true) !== END64_PLACE) return null; // just so many entries
  const view = viewOf(await window.read(number64(place, 8), 56));
  if (view.getUint32(0, true) !== END64) throw damaged('its directory at the end is missing');
  return { count: number64(view, 32), at: number64(view, 48) };
}

/**
 * @typedef {object} Member
 * @property {Uint8Array} name
 * @property {number} flags
 * @property {number} method
 * @property {number} crc
 * @property {number} packed bytes
 * @property {number} size bytes
 * @property {number} at where its header is
 * @property {number | undefined} mode with its type
 * @property {number} mtime
 */

/** The date of MS-DOS, which is one of wherever it was written. @param {number} date @param {number} time */
const dosTime = (date, time) =>
  new Date(
    (date >> 9) + 1980,
    ((date >> 5) & 15) - 1,
    date & 31,
    time >> 11,
    (time >> 5) & 63,
    (time & 31) * 2,
  ).getTime();

/** @param {Member} member @param {Uint8Array} extra */
function readExtra(member, extra) {
  const view = viewOf(extra);
  for (let at = 0; at + 4 <= extra.length;) {
    const id = view.getUint16(at, true);
    const size = view.getUint16(at + 2, true);
    const end = at + 4 + size;
    if (end > extra.length) return; // some programs pad with what is no field
    let next = at + 4;
    if (id === EXTRA_ZIP64) {
      for (const field of /** @type {const} */ (['size', 'packed', 'at'])) {
        if (member[field] !== IN_ZIP64 || next + 8 > end) continue;
        member[field] = number64(view, next);
        next += 8;
      }
    } else if (id === EXTRA_TIMES && size >= 5 && extra[next] & 1) {
      member.mtime = view.getInt32(next + 1, true) * 1000;
    } else if (id === EXTRA_NAME && size > 5 && view.getUint32(next + 1, true) === crc32(0, member.name)) {
      member.name = extra.slice(next + 5, end);
    }
    at = end;
  }
}

/**
 * @param {Window} window
 * @returns {AsyncGenerator<Member>}
 */
async function* membersOf(window) {
  const directory = await findDirectory(window);
  let { at } = directory;
  for (let left = directory.count; left > 0; left--) {
    const view = viewOf(await window.read(at, CENTRAL_SIZE));
    if (view.getUint32(0, true) !== CENTRAL) throw damaged('an entry of its directory is missing');
    const [nameSize, extraSize, commentSize] = [28, 30, 32].map((field) => view.getUint16(field, true));
    const attributes = view.getUint32(38, true);
    const unix = UNIX_HOSTS.includes(view.getUint8(5)) && attributes >>> 16 !== 0;
    /** @type {Member} */
    const member = {
      name: new Uint8Array(),
      flags: view.getUint16(8, true),
      method: view.getUint16(10, true),
      mtime: dosTime(view.getUint16(14, true), view.getUint16(12, true)),
      crc: view.getUint32(16, true),
      packed: view.getUint32(20, true),
      size: view.getUint32(24, true),
      at: view.getUint32(42, true),
      mode: unix ? attributes >>> 16 : undefined,
    };
    const rest = (await window.read(at + CENTRAL_SIZE, nameSize + extraSize)).slice();
    member.name = rest.subarray(0, nameSize);
    readExtra(member, rest.subarray(nameSize));
    yield member;
    at += CENTRAL_SIZE + nameSize + extraSize + commentSize;
  }
}

/**
 * The bytes of a member, in pieces of at least one byte.
 * @param {Window} window
 * @param {Member} member
 * @returns {AsyncGenerator<Uint8Array>}
 */
async function* dataOf(window, member) {
  const view = viewOf(await window.read(member.at, LOCAL_SIZE));
  if (view.getUint32(0, true) !== LOCAL) throw damaged(`${textOf(member)} is not where it should be`);
  const start = member.at + LOCAL_SIZE + view.getUint16(26, true) + view.getUint16(28, true);
  const unpacking = unpacker(member);
  const step = member.method === STORED ? WINDOW_SIZE : PACKED_SIZE;
  let crc = 0;
  let size = 0;
  for (let at = 0; at < member.packed; at += step) {
    const length = Math.min(step, member.packed - at);
    const packed = await window.read(start + at, length);
    for (const piece of unpacking(packed, at + length === member.packed)) {
      crc = crc32(crc, piece);
      size += piece.length;
      if (size > member.size) throw damaged(`${textOf(member)} is longer than the directory says`);
      yield piece;
    }
  }
  if (size !== member.size || crc !== member.crc) throw damaged(`the checksum of ${textOf(member)} is wrong`);
}

/** @param {Member} member @returns {(bytes: Uint8Array, last: boolean) => Uint8Array[]} */
function unpacker(member) {
  if (member.method === STORED) return (bytes) => [bytes];
  /** @type {Uint8Array[]} */
  let pieces = [];
  const inflate = new Inflate((piece) => pieces.push(piece));
  return (bytes, last) => {
    pieces = [];
    try {
      inflate.push(bytes, last);
    } catch (error) {
      throw damaged(`${textOf(member)}: ${messageOf(error)}`);
    }
    return pieces.filter(({ length }) => length > 0);
  };
}

/** @param {Member} member */
const textOf = ({ name }) => new TextDecoder().decode(name);

/** Why a member cannot be had; '' when it can. @param {Member} member @param {number} type */
function refusal(member, type) {
  if (member.flags & ENCRYPTED) return 'it is encrypted';
  if (![STORED, DEFLATED].includes(member.method)) {
    return `it is packed in a way that is not known here (method ${member.method})`;
  }
  if (!Object.values(TYPES).includes(type)) return 'it is neither file, folder nor link';
  return type === TYPES.link && member.size > TARGET_MAX
    ? 'a symbolic link to so long a path cannot be kept'
    : '';
}

/** @param {Member} member */
function typeOf({ name, mode }) {
  if (name.at(-1) === 0x2f) return TYPES.directory; // the slash counts whatever the mode says
  return (mode ?? 0) & TYPE_MASK || TYPES.file;
}

/**
 * @typedef {{ mode?: number, mtime: number, append?: boolean, link?: boolean, directory?: boolean }} About
 * @param {Blob} blob
 * @param {object} sink
 * @param {(name: Uint8Array, data: Uint8Array, about: About) => Promise<void> | void} sink.add
 * @param {(path: string, reason: string) => void} sink.skip
 */
export async function unzip(blob, { add, skip }) {
  const window = new Window(blob); // a second one: the directory is far from the data
  for await (const member of membersOf(new Window(blob))) {
    const type = typeOf(member);
    const reason = refusal(member, type);
    if (reason) {
      skip(textOf(member), reason);
      continue;
    }
    const mode = member.mode === undefined ? undefined : member.mode & 0o7777;
    const about = { mode, mtime: member.mtime };
    if (type === TYPES.directory) {
      await add(member.name, new Uint8Array(), { ...about, directory: true });
      continue;
    }
    let append = false;
    for await (const piece of dataOf(window, member)) {
      await add(member.name, piece, { ...about, append, link: type === TYPES.link });
      append = true;
    }
    if (!append) await add(member.name, new Uint8Array(), { ...about, link: type === TYPES.link });
  }
}
