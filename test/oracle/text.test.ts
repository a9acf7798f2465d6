// Summaries, automatic names and configs of models, character by character as Keras gives them.

import { beforeEach, describe, expect, test } from 'vitest';
import '../../src/compiler/evaluate.js';
import { deserializeObject, type KerasObject, serializeObject } from '../../src/config.js';
import * as layers from '../../src/layers/index.js';
import type { BaseModel } from '../../src/models/model.js';
import { modelFromJson } from '../../src/models/model.js';
import '../../src/models/functional.js';
import '../../src/models/sequential.js';
import { resetNames } from '../../src/naming.js';
import { loadFamily } from '../support/oracle.js';

interface SummaryCase {
  readonly id: string;
  readonly kind: 'summary';
  readonly model: KerasObject;
  readonly options: {
    readonly line_length: number;
    readonly show_trainable?: boolean;
    readonly expand_nested?: boolean;
  };
  readonly text: string;
}

interface ConfigCase {
  readonly id: string;
  readonly kind: 'config';
  readonly get_config: { readonly [key: string]: unknown };
  readonly to_json: string;
  readonly layer_names: readonly string[];
  readonly weight_paths: readonly string[];
  readonly weight_names: readonly string[];
}

interface NamesCase {
  readonly id: string;
  readonly kind: 'auto_names';
  readonly constructors: readonly string[];
  readonly names: readonly string[];
}

const { cases } = loadFamily<SummaryCase | ConfigCase | NamesCase>('text');
const ofKind = <K extends string>(kind: K) =>
  cases.filter((c): c is Extract<(typeof cases)[number], { kind: K }> => c.kind === kind).map(c => [c.id, c] as const);

beforeEach(() => resetNames());

/** Keras notes arguments that calls inside of it passed on: they say nothing. */
function withoutEmptyArguments(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyArguments);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === 'kwargs'
        ? Object.fromEntries(Object.entries(item as object).filter(([name]) => name !== 'mask' && name !== 'training'))
        : withoutEmptyArguments(item),
    ]),
  );
}

describe.each(ofKind('summary'))('%s', (_id, c) => {
  test('prints the recorded table', () => {
    const model = deserializeObject<BaseModel>(c.model, 'keras');
    let text = '';
    model.summary({
      lineLength: c.options.line_length,
      showTrainable: c.options.show_trainable ?? false,
      expandNested: c.options.expand_nested ?? false,
      printFn: line => {
        text += line;
      },
    });
    expect(text).toBe(c.text);
  });
});

describe.each(ofKind('config'))('%s', (_id, c) => {
  test('reads the recorded JSON and writes it again', () => {
    const model = modelFromJson(c.to_json);
    expect(withoutEmptyArguments(JSON.parse(model.toJson()))).toEqual(withoutEmptyArguments(JSON.parse(c.to_json)));
    expect(withoutEmptyArguments(model.getConfig())).toEqual(withoutEmptyArguments(c.get_config));
    expect(serializeObject(model).class_name).toBe((JSON.parse(c.to_json) as KerasObject).class_name);
  });

  test('names layers and weights as Keras does', () => {
    const model = modelFromJson(c.to_json);
    expect(model.layers.map(layer => layer.name)).toEqual(c.layer_names);
    expect(model.weights.map(weight => weight.name)).toEqual(c.weight_names);
  });
});

describe.each(ofKind('auto_names'))('%s', (_id, c) => {
  test('numbers the automatic names', () => {
    expect(c.constructors.map(each => construct(each).name)).toEqual(c.names);
  });
});

const constructors = new Map<string, unknown>(Object.entries(layers));

/** Makes the layer that a Python expression describes: positional numbers and names are all there are. */
function construct(expression: string): { readonly name: string } {
  const [, className, inner] = /^(?:L\.)?(\w+)\((.*)\)$/.exec(expression)!;
  const args: unknown[] = [];
  const options: { [name: string]: unknown } = {};
  for (const part of inner!.match(/(?:[^,()]|\([^()]*\))+/g) ?? []) {
    const [, name, text] = /^(?:(\w+)=)?(.*)$/.exec(part.trim())!;
    const value: unknown = /^(L\.)?[A-Z]\w*\(/.test(text!)
      ? construct(text!)
      : text!.startsWith('(')
        ? (text!.match(/\d+/g) ?? []).map(Number)
        : text!.startsWith("'")
          ? text!.slice(1, -1)
          : Number(text);
    if (name) options[name] = value;
    else args.push(value);
  }
  const make = constructors.get(className!) as (...args: unknown[]) => { readonly name: string };
  return make(...args, ...(Object.keys(options).length > 0 ? [options] : []));
}
