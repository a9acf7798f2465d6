// docs/keras-names.md: every public name of Keras 3.15.1, and whether it exists here. keras.json is Keras's own list, by
// introspection; the table is written anew by `npx vitest run test/names -u`.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { toCamelKey } from '../../src/config.js';
import * as kerasm from '../../src/index.js';

const keras = JSON.parse(readFileSync(new URL('keras.json', import.meta.url), 'utf8')) as {
  readonly [namespace: string]: readonly string[];
};

type Names = { readonly [name: string]: unknown };

/** Where a namespace of Keras is here, if not under its own name. */
const places: { readonly [namespace: string]: readonly Names[] } = {
  '': [kerasm, kerasm.utils, kerasm.layers],
  config: [kerasm.backend, kerasm.utils],
  'ops.image': [kerasm.ops.image],
};

/** Why a whole namespace is missing. */
const namespaceReasons: { readonly [namespace: string]: string } = {
  distribution: 'one machine with several threads: nothing to distribute over',
  dtype_policies: 'a layer takes a policy by its name',
  quantizers: 'quantization is not there',
  tree: "Python's nested structures; here lists and objects are taken as they are",
};

/** Why a name is missing. */
const reasons: { readonly [name: string]: string } = {
  ...Object.fromEntries(['eig', 'polar', 'view_as_complex', 'view_as_real'].map(name => [name, 'no complex tensors'])),
  nextafter: 'no access to the bits of floats',
  view: 'no access to the bits of floats',
  vectorize: "NumPy's object arrays; use `map`",
  JaxLayer: 'belongs to another framework',
  FlaxLayer: 'belongs to another framework',
  TFSMLayer: 'belongs to another framework',
  TorchModuleWrapper: 'belongs to another framework',
  OrbaxCheckpoint: 'belongs to another framework',
  ...Object.fromEntries(
    ['DTypePolicy', 'FloatDTypePolicy', 'dtype_policy', 'set_dtype_policy'].map(name => [
      name,
      'a layer takes a policy by its name',
    ]),
  ),
  ...Object.fromEntries(
    ['enable_flash_attention', 'disable_flash_attention', 'is_flash_attention_enabled'].map(name => [
      name,
      'one implementation of attention',
    ]),
  ),
  ...Object.fromEntries(
    ['StatelessScope', 'SymbolicScope', 'RematScope', 'remat', 'name_scope', 'device'].map(name => [
      name,
      'graphs are compiled as a whole, for one device',
    ]),
  ),
  ...Object.fromEntries(
    ['enable_traceback_filtering', 'disable_traceback_filtering', 'is_traceback_filtering_enabled'].map(name => [
      name,
      'errors keep their whole stack',
    ]),
  ),
  Function: '`Functional`, or `K.function`',
  InputSpec: 'an object: `layer.inputSpec = { ndim: 3 }`',
  Operation: 'made by calling functions of `ops` on symbolic tensors',
  Quantizer: 'quantization is not there',
  is_nnx_enabled: 'belongs to another framework',
  enable_unsafe_deserialization: 'Python code in files is never run',
  version: 'in package.json',
  backend: 'there is one backend',
  set_backend: 'there is one backend',
};

/** Names of classes in snake case are what strings and configs say. */
function isIdentifier(namespace: string, name: string): boolean {
  const camel = toCamelKey(name);
  const className = camel[0]!.toUpperCase() + camel.slice(1);
  const all = (kerasm as unknown as Record<string, Names | undefined>)[namespace];
  return name === name.toLowerCase() && all !== undefined && className in all;
}

/** The name under which `name` exists here; null if it does not. */
function ours(namespace: string, name: string): string | null {
  const path = namespace.split('.').map(part => toCamelKey(part));
  const own = path.reduce<unknown>((from, part) => (from as Names | undefined)?.[part], kerasm) as Names | undefined;
  for (const place of places[namespace] ?? (own ? [own] : [])) {
    for (const candidate of [name, toCamelKey(name)]) if (candidate in place) return candidate;
  }
  return null;
}

function row(namespace: string, name: string): { readonly there: boolean; readonly text: string } {
  const found = ours(namespace, name);
  if (found !== null) return { there: true, text: `| ${name} | yes | ${found === name ? '' : `\`${found}\``} |` };
  if (isIdentifier(namespace, name)) return { there: true, text: `| ${name} | yes | as the string '${name}' |` };
  return {
    there: false,
    text: `| ${name} | no | ${reasons[name] ?? namespaceReasons[namespace] ?? 'not written yet'} |`,
  };
}

function table(): string {
  const sections = Object.entries(keras).map(([namespace, names]) => {
    const rows = names.map(name => row(namespace, name));
    const there = rows.filter(each => each.there).length;
    const title = namespace === '' ? 'keras' : `keras.${namespace}`;
    const text = `## ${title}: ${there} of ${names.length}\n\n| Keras | here | |\n|---|---|---|\n${rows.map(each => each.text).join('\n')}\n`;
    return { text, there, count: names.length };
  });
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  return `# Keras 3.15's public names

Every public name of Keras 3.15.1, by introspection, and whether kerasm has it: ${sum(sections.map(each => each.there))} of
${sum(sections.map(each => each.count))}. Functions are camelCase here. \`test/names/names.test.ts\` writes this page and checks that it is true.

Tensors, variables and symbolic tensors remember all of Keras's dtypes (\`ops.dtype\`, \`K.dtype\`), and results have those that
Keras's promotion gives them: int8, uint8, int16 and uint16 wrap around as NumPy's do, float16 and bfloat16 round to the nearest
after each function of \`ops\` and \`K\` and each layer of such a policy. What is behind a name is float32 or int32: int64,
uint32 and uint64 have the range of int32, float64 the precision of float32, weights of narrow policies are kept in full
precision, \`tensor.dtype\` says float32, int32 or bool, and \`data()\` gives arrays of these. Typed arrays bring their dtype
along; a Float64Array counts as float32 and a BigInt64Array as int32.
Names of dtypes that Keras does not know are errors.

${sections.map(each => each.text).join('\n')}`;
}

test('docs/keras-names.md tells the truth', async () => {
  await expect(table()).toMatchFileSnapshot('../../docs/keras-names.md');
});

test('most of keras.ops is there', () => {
  const missing = keras['ops']!.filter(name => ours('ops', name) === null);
  expect(missing.length).toBeLessThan(15);
});
