// The loops of the micro-operations. Each takes an operation as a type, so that its body is part of the loop, and gives
// the loop's index in the function table: reached only that way, every loop stays a small function of its own.
//
// All loops have one signature, (to, a, b, c, bytes): `bytes` is a multiple of 16, and `to` may equal any operand.

/** A vector of four elements to a vector of four. */
@unmanaged
export abstract class Unary {
  abstract of(a: v128): v128;
}

@unmanaged
export abstract class Binary {
  abstract of(a: v128, b: v128): v128;
}

@unmanaged
export abstract class Ternary {
  abstract of(a: v128, b: v128, c: v128): v128;
}

/** One float32 at a time, for functions too rare or too intricate for vectors. */
@unmanaged
export abstract class FloatUnary {
  abstract of(a: f32): f32;
}

@unmanaged
export abstract class FloatBinary {
  abstract of(a: f32, b: f32): f32;
}

@unmanaged
export abstract class IntBinary {
  abstract of(a: i32, b: i32): i32;
}

export function unary<Op extends Unary>(): u32 {
  return load<u32>(
    changetype<usize>((to: usize, a: usize, b: usize, c: usize, bytes: usize): void => {
      for (let i: usize = 0; i < bytes; i += 16) v128.store(to + i, changetype<Op>(0).of(v128.load(a + i)));
    }),
  );
}

export function binary<Op extends Binary>(): u32 {
  return load<u32>(
    changetype<usize>((to: usize, a: usize, b: usize, c: usize, bytes: usize): void => {
      for (let i: usize = 0; i < bytes; i += 16) {
        v128.store(to + i, changetype<Op>(0).of(v128.load(a + i), v128.load(b + i)));
      }
    }),
  );
}

export function ternary<Op extends Ternary>(): u32 {
  return load<u32>(
    changetype<usize>((to: usize, a: usize, b: usize, c: usize, bytes: usize): void => {
      for (let i: usize = 0; i < bytes; i += 16) {
        v128.store(to + i, changetype<Op>(0).of(v128.load(a + i), v128.load(b + i), v128.load(c + i)));
      }
    }),
  );
}

export function floatUnary<Op extends FloatUnary>(): u32 {
  return load<u32>(
    changetype<usize>((to: usize, a: usize, b: usize, c: usize, bytes: usize): void => {
      for (let i: usize = 0; i < bytes; i += 4) store<f32>(to + i, changetype<Op>(0).of(load<f32>(a + i)));
    }),
  );
}

export function floatBinary<Op extends FloatBinary>(): u32 {
  return load<u32>(
    changetype<usize>((to: usize, a: usize, b: usize, c: usize, bytes: usize): void => {
      for (let i: usize = 0; i < bytes; i += 4) {
        store<f32>(to + i, changetype<Op>(0).of(load<f32>(a + i), load<f32>(b + i)));
      }
    }),
  );
}

export function intBinary<Op extends IntBinary>(): u32 {
  return load<u32>(
    changetype<usize>((to: usize, a: usize, b: usize, c: usize, bytes: usize): void => {
      for (let i: usize = 0; i < bytes; i += 4) {
        store<i32>(to + i, changetype<Op>(0).of(load<i32>(a + i), load<i32>(b + i)));
      }
    }),
  );
}
