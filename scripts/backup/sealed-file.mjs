// Encrypted files: AES-256-GCM under a key made of the passphrase with scrypt. A file is its 12 bytes of initialization vector, the
// ciphertext, and the 16 bytes of the tag.
import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  hkdfSync,
  randomBytes,
  scryptSync,
  timingSafeEqual,
} from 'node:crypto';
import { createReadStream, createWriteStream, statSync } from 'node:fs';
import { PassThrough, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const IV_BYTES = 12;
const TAG_BYTES = 16;
const SALT_BYTES = 16;
/** 64 MB and about 0.1 s a guess. */
const SCRYPT = { N: 65_536, r: 8, p: 1, maxmem: 128 * 1024 * 1024 };

export function newSalt() {
  return randomBytes(SALT_BYTES).toString('base64');
}

/** The keys of one backup: one for its files, one for the manifest that names them. */
export function keysOf(passphrase, salt) {
  const master = scryptSync(passphrase, Buffer.from(salt, 'base64'), 32, SCRYPT);
  const derive = (use) => Buffer.from(hkdfSync('sha256', master, '', use, 32));
  return { files: derive('tidegate backup files'), manifest: derive('tidegate backup manifest') };
}

export function sign(text, keys) {
  return createHmac('sha256', keys.manifest).update(text).digest('hex');
}

export function isSignature(given, text, keys) {
  const expected = Buffer.from(sign(text, keys), 'hex');
  const actual = Buffer.from(String(given), 'hex');
  return actual.length === expected.length && timingSafeEqual(actual, expected);
}

/**
 * Encrypts a stream into a file.
 * @returns bytes and SHA-256 of the file
 */
export async function seal(source, file, keys) {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keys.files, iv);
  let begun = false;
  const framed = new Transform({
    transform(chunk, _encoding, done) {
      if (!begun) this.push(iv);
      begun = true;
      done(null, chunk);
    },
    flush(done) {
      if (!begun) this.push(iv);
      // The cipher has ended by now: its tag is known.
      this.push(cipher.getAuthTag());
      done();
    },
  });
  await pipeline(source, cipher, framed, createWriteStream(file, { mode: 0o600, flush: true }));
  return { bytes: statSync(file).size, sha256: await sha256Of(file) };
}

export async function sha256Of(file) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

/** The content of a file, as a stream that fails at its end when anything in it was changed. */
export async function unseal(file, keys) {
  const size = statSync(file).size;
  const iv = await bytesOf(file, 0, IV_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', keys.files, iv);
  decipher.setAuthTag(await bytesOf(file, size - TAG_BYTES, TAG_BYTES));
  const out = new PassThrough();
  const isEmpty = size === IV_BYTES + TAG_BYTES;
  const cipherText = isEmpty
    ? PassThrough.from([])
    : createReadStream(file, { start: IV_BYTES, end: size - TAG_BYTES - 1 });
  pipeline(cipherText, decipher, out).catch((error) => out.destroy(error));
  return out;
}

async function bytesOf(file, start, count) {
  const chunks = [];
  for await (const chunk of createReadStream(file, { start, end: start + count - 1 })) chunks.push(chunk);
  return Buffer.concat(chunks);
}
