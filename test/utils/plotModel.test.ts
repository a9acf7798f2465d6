import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import '../../src/compiler/evaluate.js';
import { Input } from '../../src/layers/core/inputLayer.js';
import { add, concatenate, Dense } from '../../src/layers/index.js';
import type { KerasTensor } from '../../src/layers/kerasTensor.js';
import { Model } from '../../src/models/functional.js';
import { Sequential } from '../../src/models/sequential.js';
import { resetNames } from '../../src/naming.js';
import { modelToDot } from '../../src/utils/modelToDot.js';
import { plotModel } from '../../src/utils/plotModel.js';

beforeEach(() => resetNames());

/** Lines without the tables, which have the recorded form; names and texts of the tables in brackets. */
function outline(dot: string): string[] {
  return dot
    .trim()
    .split('\n')
    .map(line =>
      line.replace(/ \[label=<(.*)>, fontname.*$/, (_, table: string) => {
        const texts = [...table.matchAll(/<font[^>]*>(.*?)<\/font>/g)].map(([, text]) => text!.replace(/<\/?b>/g, ''));
        return ` [${texts.join(' | ')}]`;
      }),
    );
}

function nested() {
  const encoder = Sequential([Input({ shape: [8] }), Dense(4, { activation: 'relu' }), Dense(3)], { name: 'encoder' });
  const inner = Input({ shape: [3] });
  const decoder = Model(inner!, Dense(2)(inner!) as KerasTensor, { name: 'my decoder' });
  const x = Input({ shape: [8] });
  const y = decoder(encoder(x!)) as KerasTensor;
  return { encoder, decoder, outer: Model(x!, add([y, y]) as KerasTensor, { name: 'outer' }) };
}

// The expected lines are those of Keras 3.15 with pydot.

test('models inside become frames, and edges lead to the layers in them', () => {
  const lines = outline(modelToDot(nested().outer, { expandNested: true, showShapes: true }));
  expect(lines.slice(6)).toEqual([
    'n0 [input_layer_2 (InputLayer) | Output shape: (None, 8)]',
    'subgraph cluster_encoder {',
    'style=dashed;',
    'label=encoder;',
    'labeljust=l;',
    'n1 [dense (Dense) | Input shape: (None, 8) | Output shape: (None, 4)]',
    'n2 [dense_1 (Dense) | Input shape: (None, 4) | Output shape: (None, 3)]',
    'n1 -> n2 [penwidth=2];',
    '}',
    'subgraph "cluster_my decoder" {',
    'style=dashed;',
    'label="my decoder";',
    'labeljust=l;',
    'n3 [input_layer_1 (InputLayer) | Output shape: (None, 3)]',
    'n4 [dense_2 (Dense) | Input shape: (None, 3) | Output shape: (None, 2)]',
    'n3 -> n4 [penwidth=2];',
    '}',
    'n5 [add (Add) | Input shape: [(None, 2), (None, 2)] | Output shape: (None, 2)]',
    'n0 -> n1 [penwidth=2];',
    'n2 -> n3 [penwidth=2];',
    'n4 -> n5 [penwidth=2];',
    '}',
  ]);
});

test('models inside of a stack become frames, too', () => {
  const { encoder, decoder } = nested();
  const stack = Sequential([Input({ shape: [8] }), encoder, decoder, Dense(1)], { name: 'stack' });
  const lines = outline(modelToDot(stack, { expandNested: true }));
  expect(lines.slice(-4)).toEqual(['n4 [dense_3 (Dense)]', 'n1 -> n2 [penwidth=2];', 'n3 -> n4 [penwidth=2];', '}']);
});

test('shows what is trained, without names', () => {
  const { decoder, outer } = nested();
  decoder.trainable = false;
  const lines = outline(modelToDot(outer, { showTrainable: true, showLayerNames: false, dpi: 96, splines: 'curved' }));
  expect(lines.slice(0, 10)).toEqual([
    'digraph G {',
    'rankdir=TB;',
    'concentrate=true;',
    'dpi=96;',
    'splines=curved;',
    'node [shape=record];',
    'n0 [InputLayer]',
    'n1 [Sequential | Trainable]',
    'n2 [Functional | Non-trainable]',
    'n3 [Add]',
  ]);
});

test('dicts of tensors are listed by name', () => {
  const a = Input({ shape: [2], name: 'a' })!;
  const b = Input({ shape: [3], name: 'b' })!;
  const outputs = { s: concatenate([a, b]) as KerasTensor, t: Dense(1)(a) as KerasTensor };
  const inner = Model({ a, b }, outputs, { name: 'inner' });
  const [p, q] = [Input({ shape: [2] })!, Input({ shape: [3] })!];
  const { s, t } = inner({ a: p, b: q } as never) as unknown as { s: KerasTensor; t: KerasTensor };
  const line = outline(modelToDot(Model([p, q], [s, t]), { showShapes: true, showDtype: true })).find(each =>
    each.includes('inner'),
  );
  expect(line).toBe(
    "n2 [inner (Functional) | Input shape: a: (None, 2), b: (None, 3) | Output shape: s: (None, 5), t: (None, 1) | Output dtype: {'s': 'float32', 't': 'float32'}]",
  );
});

test('names cannot break out of the label', () => {
  const dot = modelToDot(Sequential([Input({ shape: [1] }), Dense(1, { name: 'a<b&c' })]));
  expect(dot).toContain('<b>a&lt;b&amp;c</b>');
});

test('an unbuilt model is refused', async () => {
  expect(() => modelToDot(Sequential([Dense(1)]))).toThrow(/not yet been built/);
  await expect(plotModel(Sequential([Dense(1)]), { toFile: null })).rejects.toThrow(/not yet been built/);
});

test('the picture is SVG with a box for each layer and an arrow for each edge', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kerasm-plot-'));
  try {
    const svg = await plotModel(nested().outer, {
      toFile: join(folder, 'pictures/model.svg'),
      showLayerNames: true,
      expandNested: true,
    });
    expect(readFileSync(join(folder, 'pictures/model.svg'), 'utf8')).toBe(svg);
    expect(svg).toMatch(/<svg[\s\S]*<\/svg>/);
    expect(svg.match(/class="node"/g)).toHaveLength(6);
    expect(svg.match(/class="edge"/g)).toHaveLength(5);
    expect(svg.match(/class="cluster"/g)).toHaveLength(2);
    await plotModel(nested().outer, { toFile: join(folder, 'model.dot') });
    expect(readFileSync(join(folder, 'model.dot'), 'utf8')).toMatch(/^digraph G \{[\s\S]*\}\n$/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('other kinds of files are refused with a way out', async () => {
  await expect(plotModel(nested().outer, { toFile: 'model.png' })).rejects.toThrow(/\.svg or \.dot.*model\.png/);
});

test('names with an underscore are quoted as labels, plain words are not', () => {
  const inner = Sequential([Input({ shape: [2] }), Dense(1)], { name: 'two_words' });
  const dot = modelToDot(Sequential([inner, Dense(1)]), { expandNested: true });
  expect(dot).toContain('subgraph cluster_two_words {\nstyle=dashed;\nlabel="two_words";');
});
