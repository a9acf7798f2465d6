// Models in DOT, line by line as recorded from Keras.

import { beforeEach, describe, expect, test } from 'vitest';
import '../../src/compiler/evaluate.js';
import { deserializeObject, type Json, type KerasObject, toOptions } from '../../src/config.js';
import '../../src/layers/index.js';
import type { Layer } from '../../src/layers/layer.js';
import '../../src/models/functional.js';
import '../../src/models/sequential.js';
import { resetNames } from '../../src/naming.js';
import { modelToDot } from '../../src/utils/modelToDot.js';
import { loadFamily } from '../support/oracle.js';

interface DotCase {
  readonly id: string;
  readonly kind: string;
  readonly options: { readonly [key: string]: Json };
  readonly model: KerasObject;
  readonly text: string;
}

const cases = loadFamily<DotCase>('text').cases.filter(c => c.kind === 'dot');

beforeEach(() => resetNames());

describe.each(cases.map(c => [c.id, c] as const))('%s', (_id, c) => {
  test('writes the recorded text', () => {
    expect(modelToDot(deserializeObject<Layer>(c.model, 'keras'), toOptions(c.options)).split('\n')).toEqual(
      c.text.split('\n'),
    );
  });
});
