// Where the state of a model's parts stands in Keras's files. Keras walks from object to object: the layers of a graph
// first, then all attributes by name. Layers in a list go by their class, numbered within the list, because automatic
// names differ from one copy of a model to the next.

import { toSnakeKey } from '../config.js';
import { Layer } from '../layers/layer.js';
import { toSnakeCase } from '../naming.js';
import { Optimizer } from '../optimizers/optimizer.js';
import { isDict } from '../structure.js';

/** A part that has state of its own, and its group: '' for the model, `layers/dense`, `layers/lstm/cell`, `optimizer`. */
export interface Stateful {
  readonly path: string;
  readonly object: Layer | Optimizer;
}

/** A model, as far as the walk is concerned. */
interface LayerHolder {
  readonly layers?: readonly Layer[];
  /** null in models that are no graph: their list of layers is an attribute like others. */
  readonly layerGraph?: object | null;
}

/** All parts of a model, or of a layer, in Keras's order. A part that is met again counts where it was met first. */
export function statefulParts(root: Layer): Stateful[] {
  const parts: Stateful[] = [];
  const seen = new Set<unknown>();
  const visit = (value: unknown, path: string): void => {
    if (seen.has(value)) return;
    if (value instanceof Layer || value instanceof Optimizer) {
      seen.add(value);
      parts.push({ path, object: value });
      if (value instanceof Layer)
        for (const [name, child] of attributes(value)) visit(child, path ? `${path}/${name}` : name);
    } else if (Array.isArray(value) || isDict(value)) {
      seen.add(value);
      const items: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
      if (typeof items[0] === 'number') return;
      const used = new Map<string, number>();
      for (const item of items) {
        const name = item instanceof Layer || item instanceof Optimizer ? snakeName(item) : 'container';
        if (name === 'container' && !(Array.isArray(item) || isDict(item))) continue;
        const count = used.get(name) ?? 0;
        used.set(name, count + 1);
        visit(item, `${path}/${count === 0 ? name : `${name}_${count}`}`);
      }
    }
  };
  visit(root, '');
  return parts;
}

function snakeName(object: Layer | Optimizer): string {
  const { className, name } = object.constructor as { className?: string; name: string };
  return toSnakeCase(object instanceof Layer ? object.className : (className ?? name));
}

/** The fields by their Keras names, sorted as Python sorts them. */
function attributes(layer: Layer): [name: string, value: unknown][] {
  const found = new Map<string, unknown>();
  for (const key of Object.keys(layer)) found.set(toSnakeKey(key), (layer as unknown as Record<string, unknown>)[key]);
  const { layers, layerGraph } = layer as LayerHolder;
  if (layers && !found.has('layers')) found.set('layers', layers);
  const first = (name: string) => (name === 'layers' && layerGraph ? 0 : 1);
  return [...found].sort(([a], [b]) => first(a) - first(b) || (a < b ? -1 : 1));
}
