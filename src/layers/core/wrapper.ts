// The base of layers around one other layer.

import { layer, layerWith } from '../define.js';
import { innerLayer } from '../fields.js';
import type { ShapeStructure } from '../layer.js';

class WrapperLayer extends layerWith('Wrapper', { layer: innerLayer }, ['layer']) {
  override build(inputShape: ShapeStructure): void {
    this.layer.ensureBuilt(inputShape);
  }
}

/** A layer around `layer`: extend it and implement `call`. */
export const Wrapper = layer(WrapperLayer);
export type Wrapper = WrapperLayer;
