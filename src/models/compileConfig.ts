// The arguments of `compile` as Keras's JSON, and back.

import {
  type Config,
  type Configurable,
  customObject,
  isKerasObject,
  type Json,
  serializeObject,
  toOptions,
} from '../config.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { isDict } from '../structure.js';
import type { CompileOptions } from './compileOptions.js';

/** What a model that has been compiled writes; null arguments stay null. */
export function compileConfig(options: CompileOptions, optimizer: Optimizer | null): Config {
  return {
    optimizer: optimizer && (serializeObject(optimizer) as Json),
    loss: specToJson(options.loss),
    loss_weights: specToJson(options.lossWeights),
    metrics: specToJson(options.metrics),
    weighted_metrics: specToJson(options.weightedMetrics),
    run_eagerly: options.runEagerly,
    steps_per_execution: 1,
    jit_compile: false,
  };
}

/** The options for `compile` in a config. Functions are looked up by name among the custom objects. */
export function optionsFromConfig(config: Config): { readonly [option: string]: unknown } {
  return Object.fromEntries(Object.entries(toOptions(config)).map(([key, value]) => [key, specFromJson(value)]));
}

function specToJson(spec: unknown): Json {
  if (spec === null || spec === undefined) return null;
  if (typeof spec === 'string' || typeof spec === 'number') return spec;
  if (Array.isArray(spec)) return spec.map(specToJson);
  if (isDict(spec)) return Object.fromEntries(Object.entries(spec).map(([key, item]) => [key, specToJson(item)]));
  if (typeof (spec as Partial<Configurable>).getConfig === 'function')
    return serializeObject(spec as Configurable) as Json;
  return {
    module: 'builtins',
    class_name: 'function',
    config: (spec as { name: string }).name,
    registered_name: 'function',
  };
}

function specFromJson(json: Json): unknown {
  if (isKerasObject(json)) {
    return json.class_name === 'function' ? (customObject(String(json.config)) ?? json.config) : json;
  }
  if (Array.isArray(json)) return json.map(specFromJson);
  if (isDict(json))
    return Object.fromEntries(Object.entries(json).map(([key, item]) => [key, specFromJson(item as Json)]));
  return json;
}
