// A penalty on what flows through.

import type { Config } from '../../config.js';
import type { Tensor } from '../../graph/tensor.js';
import { L1L2 } from '../../regularizers.js';
import { layer, layerWith } from '../define.js';
import { value } from '../fields.js';
import { PointwiseLayer } from '../pointwise.js';

const schema = {
  /** Factor of the sum of absolute values. Default 0. */
  l1: value<number>(0),
  /** Factor of the sum of squares. Default 0. */
  l2: value<number>(0),
};

const Options = layerWith('ActivityRegularization', schema, ['l1', 'l2'], PointwiseLayer);

class ActivityRegularizationLayer extends Options {
  constructor(...args: ConstructorParameters<typeof Options>) {
    super(...args);
    const { l1, l2 } = this;
    this.activityRegularizer = new L1L2({ l1, l2 });
  }

  override getConfig(): Config {
    const { activity_regularizer: _made, ...config } = super.getConfig();
    return config;
  }

  override call(x: Tensor): Tensor {
    return x;
  }
}

/** Adds l1 · Σ|x| + l2 · Σx², divided by the batch size, to the loss. */
export const ActivityRegularization = layer(ActivityRegularizationLayer);
export type ActivityRegularization = ActivityRegularizationLayer;
