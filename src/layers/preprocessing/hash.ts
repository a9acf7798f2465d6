// Hashes of texts as 64-bit numbers, the same as TensorFlow's: FarmHash's Fingerprint64, and SipHash-2-4 with a key.

type Word = bigint;

const word = (x: Word): Word => BigInt.asUintN(64, x);
const rotate = (x: Word, by: bigint): Word => word((x >> by) | (x << (64n - by)));
const mixed = (x: Word): Word => x ^ (x >> 47n);

function bytesOf(text: string): DataView {
  const { buffer, byteOffset, byteLength } = new TextEncoder().encode(text);
  return new DataView(buffer, byteOffset, byteLength);
}

// ---- FarmHash, https://github.com/google/farmhash (farmhashna::Hash64) ------------------------------------------------

const k0 = 0xc3a5c85c97cb3127n;
const k1 = 0xb492b66fbe98f273n;
const k2 = 0x9ae16a3b2f90404fn;

function hash16(u: Word, v: Word, factor: Word): Word {
  const a = mixed(word((u ^ v) * factor));
  return word(mixed(word((v ^ a) * factor)) * factor);
}

function upTo16(view: DataView, length: number): Word {
  const factor = k2 + 2n * BigInt(length);
  if (length >= 8) {
    const a = word(view.getBigUint64(0, true) + k2);
    const b = view.getBigUint64(length - 8, true);
    return hash16(word(rotate(b, 37n) * factor + a), word((rotate(a, 25n) + b) * factor), word(factor));
  }
  if (length >= 4) {
    const a = BigInt(view.getUint32(0, true));
    return hash16(BigInt(length) + (a << 3n), BigInt(view.getUint32(length - 4, true)), word(factor));
  }
  if (length === 0) return k2;
  const y = BigInt(view.getUint8(0) + (view.getUint8(length >> 1) << 8));
  const z = BigInt(length + (view.getUint8(length - 1) << 2));
  return word(mixed(word(word(y * k2) ^ word(z * k0))) * k2);
}

function upTo32(view: DataView, length: number): Word {
  const factor = word(k2 + 2n * BigInt(length));
  const at = (offset: number) => view.getBigUint64(offset, true);
  const [a, b, c, d] = [word(at(0) * k1), at(8), word(at(length - 8) * factor), word(at(length - 16) * k2)];
  return hash16(word(rotate(word(a + b), 43n) + rotate(c, 30n) + d), word(a + rotate(word(b + k2), 18n) + c), factor);
}

function upTo64(view: DataView, length: number): Word {
  const factor = word(k2 + 2n * BigInt(length));
  const at = (offset: number) => view.getBigUint64(offset, true);
  const [a, b, c, d] = [word(at(0) * k2), at(8), word(at(length - 8) * factor), word(at(length - 16) * k2)];
  const y = word(rotate(word(a + b), 43n) + rotate(c, 30n) + d);
  const z = hash16(y, word(a + rotate(word(b + k2), 18n) + c), factor);
  const [e, f] = [word(at(16) * factor), at(24)];
  const g = word((y + at(length - 32)) * factor);
  const h = word((z + at(length - 24)) * factor);
  return hash16(word(rotate(word(e + f), 43n) + rotate(g, 30n) + h), word(e + rotate(word(f + a), 18n) + g), factor);
}

/** 32 bytes from `offset`, with two seeds, as two words. */
function weak32(view: DataView, offset: number, seedA: Word, seedB: Word): [Word, Word] {
  const at = (i: number) => view.getBigUint64(offset + 8 * i, true);
  const first = word(seedA + at(0));
  const sum = word(first + at(1) + at(2));
  return [word(sum + at(3)), word(rotate(word(seedB + first + at(3)), 21n) + rotate(sum, 44n) + first)];
}

function longer(view: DataView, length: number): Word {
  const at = (offset: number) => view.getBigUint64(offset, true);
  const rounds = Math.floor((length - 1) / 64);
  let x = word(81n * k2 + at(0));
  let y = word(81n * k1 + 113n);
  let z = word(mixed(word(y * k2 + 113n)) * k2);
  let v: [Word, Word] = [0n, 0n];
  let w: [Word, Word] = [0n, 0n];
  // 64 bytes; the last ones, which may overlap with those before, weigh v and w more.
  const round = (s: number, factor: Word, weight: Word) => {
    x = word(rotate(word(x + y + v[0] + at(s + 8)), 37n) * factor) ^ word(w[1] * weight);
    y = word(rotate(word(y + v[1] + at(s + 48)), 42n) * factor + v[0] * weight + at(s + 40));
    z = word(rotate(word(z + w[0]), 33n) * factor);
    v = weak32(view, s, word(v[1] * factor), word(x + w[0]));
    w = weak32(view, s + 32, word(z + w[1]), word(y + at(s + 16)));
    [x, z] = [z, x];
  };
  for (let i = 0; i < rounds; i++) round(64 * i, k1, 1n);
  const factor = word(k1 + ((z & 0xffn) << 1n));
  w[0] = word(w[0] + BigInt((length - 1) & 63));
  v[0] = word(v[0] + w[0]);
  w[0] = word(w[0] + v[0]);
  round(length - 64, factor, 9n);
  return hash16(word(hash16(v[0], w[0], factor) + mixed(y) * k0 + z), word(hash16(v[1], w[1], factor) + x), factor);
}

/** FarmHash's Fingerprint64 of a text's UTF-8 bytes. */
export function fingerprint(text: string): bigint {
  const view = bytesOf(text);
  const length = view.byteLength;
  if (length <= 16) return upTo16(view, length);
  if (length <= 32) return upTo32(view, length);
  return length <= 64 ? upTo64(view, length) : longer(view, length);
}

/** Two fingerprints as one, as TensorFlow joins them. */
export function joinFingerprints(first: bigint, second: bigint): bigint {
  const factor = 0xc6a4a7935bd1e995n;
  const sum = word((first ^ factor ^ word(mixed(word(second * factor)) * factor)) * factor);
  return mixed(word(mixed(sum) * factor));
}

// ---- SipHash-2-4, Aumasson & Bernstein (2012) -------------------------------------------------------------------------

/** SipHash-2-4 of a text's UTF-8 bytes with a key of two numbers. */
export function sipHash(text: string, [key0, key1]: readonly [number, number]): bigint {
  const view = bytesOf(text);
  const [a, b] = [word(BigInt(key0)), word(BigInt(key1))];
  let v0 = a ^ 0x736f6d6570736575n;
  let v1 = b ^ 0x646f72616e646f6dn;
  let v2 = a ^ 0x6c7967656e657261n;
  let v3 = b ^ 0x7465646279746573n;
  const rounds = (count: number) => {
    for (let i = 0; i < count; i++) {
      v0 = word(v0 + v1);
      v1 = rotate(v1, 51n) ^ v0;
      v0 = rotate(v0, 32n);
      v2 = word(v2 + v3);
      v3 = rotate(v3, 48n) ^ v2;
      v0 = word(v0 + v3);
      v3 = rotate(v3, 43n) ^ v0;
      v2 = word(v2 + v1);
      v1 = rotate(v1, 47n) ^ v2;
      v2 = rotate(v2, 32n);
    }
  };
  const take = (message: Word) => {
    v3 ^= message;
    rounds(2);
    v0 ^= message;
  };
  const { byteLength } = view;
  const whole = byteLength - (byteLength % 8);
  for (let i = 0; i < whole; i += 8) take(view.getBigUint64(i, true));
  let last = BigInt(byteLength & 0xff) << 56n;
  for (let i = whole; i < byteLength; i++) last |= BigInt(view.getUint8(i)) << BigInt(8 * (i - whole));
  take(last);
  v2 ^= 0xffn;
  rounds(4);
  return v0 ^ v1 ^ v2 ^ v3;
}

/** The bucket of `count` that a text belongs to; with a salt another one. */
export function bucketOf(text: string, count: number, salt: readonly [number, number] | null = null): number {
  return Number((salt ? sipHash(text, salt) : fingerprint(text)) % BigInt(count));
}
