// Attention with several heads, where groups of queries share keys and values.

import { ShapeError, ValueError } from '../../errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { multiply } from '../../ops/elementwise.js';
import { repeat } from '../../ops/movement.js';
import { formatShape } from '../../shape.js';
import type { Structure } from '../../structure.js';
import type { EinsumDense } from '../core/einsumDense.js';
import { layer, layerWith } from '../define.js';
import { size } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import type { ShapeStructure } from '../layer.js';
import { getMask } from '../mask.js';
import { ProjectedAttention, type ProjectedAttentionCallOptions, projectedSchema } from './projectedAttention.js';

const schema = {
  /** Size of each head. */
  headDim: size,
  /** Number of heads of the queries. */
  numQueryHeads: size,
  /** Number of heads of keys and values, a divisor of the other. */
  numKeyValueHeads: size,
  ...projectedSchema,
};

const Options = layerWith(
  'GroupQueryAttention',
  schema,
  ['headDim', 'numQueryHeads', 'numKeyValueHeads', 'dropout'],
  ProjectedAttention,
);

class GroupQueryAttentionLayer extends Options {
  /** Keras's class has another name than the one it is exported under. */
  static override readonly className: string = 'GroupedQueryAttention';
  static readonly exportedName = 'GroupQueryAttention';

  // The groups of weight files are called like these fields.
  _queryDense!: EinsumDense;
  _keyDense!: EinsumDense;
  _gateDense: EinsumDense | null = null;
  _valueDense!: EinsumDense;
  _outputDense!: EinsumDense;

  constructor(...args: ConstructorParameters<typeof Options>) {
    super(...args);
    if (this.numQueryHeads % this.numKeyValueHeads !== 0) {
      throw new ValueError(
        'GroupQueryAttention: `numQueryHeads` must be divisible by `numKeyValueHeads`. ' +
          `Received: numQueryHeads=${this.numQueryHeads}, numKeyValueHeads=${this.numKeyValueHeads}`,
      );
    }
  }

  override build(query: ShapeStructure, others: { readonly [name: string]: ShapeStructure } = {}): void {
    const queryShape = query as SymbolicShape;
    const [valueShape, keyShape] = this.valueAndKey(others);
    if (queryShape.length !== 3 || valueShape.length !== 3) {
      throw new ShapeError(
        'GroupQueryAttention: query, value and key must be of rank 3, (batch, steps, features). ' +
          `Received: query_shape=${formatShape(queryShape)} and value_shape=${formatShape(valueShape)}`,
      );
    }
    const heads = (name: string, count: number, inputShape: SymbolicShape, activation?: string): EinsumDense => {
      const outputShape = [null, count, this.headDim];
      const spec = { name, equation: 'bsm,mnh->bsnh', outputShape, biasAxes: 'nh', inputShape };
      return this.project(activation ? { ...spec, activation } : spec, this.activityRegularizer);
    };
    this._queryDense = heads('query', this.numQueryHeads, queryShape);
    this._keyDense = heads('key', this.numKeyValueHeads, keyShape);
    if (this.useGate) this._gateDense = heads('gate', this.numQueryHeads, queryShape, 'sigmoid');
    this._valueDense = heads('value', this.numKeyValueHeads, valueShape);
    this.attendOver(4, [1]);
    this._outputDense = this.project(
      {
        name: 'attention_output',
        equation: 'bsnh,nhm->bsm',
        outputShape: [null, queryShape[2]!],
        biasAxes: 'm',
        inputShape: [null, null, this.numQueryHeads, this.headDim],
      },
      this.activityRegularizer,
    );
  }

  override call(query: Tensor, options: ProjectedAttentionCallOptions): Structure<Tensor> {
    const { value, key } = options;
    const allowed = this.allowed(query, { ...options, queryMask: options.queryMask ?? getMask(query) });
    const gate = this._gateDense?.(query);
    const shared = (x: Tensor) => repeat(x, this.numQueryHeads / this.numKeyValueHeads, 2);
    const [heads, scores] = this.attend(
      this._queryDense(query),
      shared(this._keyDense(key ?? value)),
      shared(this._valueDense(value)),
      allowed,
      options,
    );
    const output = this._outputDense(gate ? multiply(heads, gate) : heads);
    return options.returnAttentionScores ? [output, scores!] : output;
  }
}

/**
 * Attention where `numQueryHeads` heads of queries share `numKeyValueHeads` heads of keys and values, called as
 * layer(query, value) or layer(query, value, key), each (batch, steps, features). Ainslie et al. (2023).
 * @throws ValueError if the heads do not divide, ShapeError for other ranks.
 */
export const GroupQueryAttention = layer(GroupQueryAttentionLayer, 'GroupQueryAttention');
export type GroupQueryAttention = GroupQueryAttentionLayer;
