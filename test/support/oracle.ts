// Reads the recordings of real Keras in test/oracle/public; their format is described in test/oracle/README.md.

import { readFileSync } from 'node:fs';
import type { TypedArray } from '../../src/dtype.js';

/** A recorded tensor: where its elements lie in the family's tensors.bin. */
export interface TensorDescriptor {
  readonly dtype: 'float32' | 'int32' | 'bool' | 'uint8';
  readonly shape: readonly number[];
  readonly offset: number;
}

/** The cases of a family, with a function that reads their tensors. */
export interface Family<Case> {
  readonly cases: readonly Case[];
  tensor(descriptor: TensorDescriptor): TypedArray;
}

/** Loads a family, such as 'seeded'. The caller names the fields it reads by the type of a case. */
export function loadFamily<Case extends { readonly id: string }>(family: string): Family<Case> {
  const folder = new URL(`../oracle/public/${family}/`, import.meta.url);
  const { cases, bin } = JSON.parse(readFileSync(new URL('cases.json', folder), 'utf8')) as {
    cases: Case[];
    bin: string;
  };
  const bytes = readFileSync(new URL(bin, folder));
  return {
    cases,
    tensor({ dtype, shape, offset }) {
      const size = shape.reduce((product, dim) => product * dim, 1);
      const elementBytes = dtype === 'float32' || dtype === 'int32' ? 4 : 1;
      const buffer = new Uint8Array(bytes.subarray(offset, offset + size * elementBytes)).buffer;
      if (dtype === 'float32') return new Float32Array(buffer);
      return dtype === 'int32' ? new Int32Array(buffer) : new Uint8Array(buffer);
    },
  };
}
