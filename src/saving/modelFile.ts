// Whole models as Keras 3's `.keras` files: a zip of the config, the weights and a note on the version.

import { type CustomObjects, deserializeObject, isKerasObject, jsonText, serializeObject } from '../config.js';
import { ValueError } from '../errors.js';
import { Layer } from '../layers/layer.js';
import { statefulParts } from './state.js';
import { decodeWeights, encodeWeights } from './weights.js';

/** The version of Keras whose formats are written. */
export const kerasVersion = '3.15.1';

const toBytes = (text: string) => new TextEncoder().encode(text);
const toText = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

const members = { metadata: 'metadata.json', config: 'config.json', weights: 'model.weights.h5' } as const;

export interface DecodeModelOptions {
  /** Your own classes and functions by the names in the file. */
  customObjects?: CustomObjects;
  /** Whether to compile the model as it was when it was saved. Default true. */
  compile?: boolean;
}

/** The bytes of a `.keras` file. */
export async function encodeModel(model: Layer): Promise<Uint8Array> {
  if (!model.built) {
    console.warn(
      'You are saving a model that has not yet been built. It might not contain any weights yet. Consider building the ' +
        'model first by calling it on some data.',
    );
  }
  const metadata = { keras_version: kerasVersion, date_saved: timestamp(new Date()) };
  const { zipSync } = await import('fflate');
  return zipSync(
    {
      [members.metadata]: toBytes(JSON.stringify(metadata)),
      [members.config]: toBytes(jsonText(serializeObject(model))),
      [members.weights]: await encodeWeights(model),
      ...assetsOf(model),
    },
    { level: 0 },
  );
}

/** The model in the bytes of a `.keras` file, which errors call `name`. */
export async function decodeModel(
  bytes: Uint8Array,
  name: string,
  { customObjects, compile = true }: DecodeModelOptions = {},
): Promise<Layer> {
  const files = await unzip(bytes, name);
  const config = parseJson(toText(memberOf(files, members.config, name)), `${name}/${members.config}`);
  if (!isKerasObject(config)) throw new ValueError(`${name}: ${members.config} does not describe a model.`);
  const { compile_config: compiled, ...rest } = config;
  const model = deserializeObject<Layer>(compile && compiled ? config : rest, 'keras', customObjects);
  await decodeWeights(model, memberOf(files, members.weights, name), `${name}/${members.weights}`);
  readAssets(model, files);
  return model;
}

/** The value of a JSON text, which errors call `name`. */
export function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ValueError(`${name} is damaged: ${(error as Error).message}. Copy or save it again.`);
  }
}

/** What layers keep beside their weights, each in a folder called like its group of weights. */
function assetsOf(model: Layer): { [path: string]: Uint8Array } {
  const files: { [path: string]: Uint8Array } = {};
  for (const { path, object } of statefulParts(model)) {
    if (!(object instanceof Layer)) continue;
    for (const [file, text] of Object.entries(object.saveAssets())) files[`assets/${path}/${file}`] = toBytes(text);
  }
  return files;
}

function readAssets(model: Layer, files: { readonly [path: string]: Uint8Array }): void {
  for (const { path, object } of statefulParts(model)) {
    if (!(object instanceof Layer)) continue;
    const folder = `assets/${path}/`;
    const own = Object.keys(files).filter(file => file.startsWith(folder) && !file.slice(folder.length).includes('/'));
    object.loadAssets(Object.fromEntries(own.map(file => [file.slice(folder.length), toText(files[file]!)])));
  }
}

/** The weights file inside of a `.keras` file. */
export async function weightsMember(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  return memberOf(await unzip(bytes, name), members.weights, name);
}

async function unzip(bytes: Uint8Array, name: string): Promise<{ readonly [path: string]: Uint8Array }> {
  const { unzipSync } = await import('fflate');
  try {
    return unzipSync(bytes);
  } catch (error) {
    throw new ValueError(
      `${name} (${bytes.length} bytes) is not a whole zip file, as .keras files are: ${String(error)}`,
    );
  }
}

function memberOf(files: { readonly [path: string]: Uint8Array }, member: string, name: string): Uint8Array {
  const found = files[member];
  if (!found) throw new ValueError(`${name} has no ${member}. It has: ${Object.keys(files).join(', ') || 'nothing'}.`);
  return found;
}

/** Keras's form of a local time: 2026-11-22@08:34:01. */
function timestamp(date: Date): string {
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day}@${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}
