// Where a model's inputs come in.

import { type CallableClass, callable } from '../../callable.js';
import { type Config, type ConfigurableClass, type Json, register } from '../../config.js';
import { floatx } from '../../defaults.js';
import { ValueError } from '../../errors.js';
import { isDict } from '../../structure.js';
import { computeDType } from '../dtypePolicy.js';
import { KerasTensor, Node, type SymbolicShape } from '../kerasTensor.js';
import { Layer } from '../layer.js';

export interface InputOptions {
  /** Shape of one sample, null for unknown dimensions. */
  shape?: SymbolicShape;
  /** Size of every batch; default unknown. */
  batchSize?: number | null;
  /** Shape of a whole batch, instead of `shape` and `batchSize`. */
  batchShape?: SymbolicShape;
  /** Default 'float32'. */
  dtype?: string | Json;
  name?: string | null;
  sparse?: boolean | null;
  ragged?: boolean | null;
  optional?: boolean;
  /** Keras 2's names for `shape` and `batchShape`. */
  inputShape?: SymbolicShape;
  batchInputShape?: SymbolicShape;
}

class InputLayerClass extends Layer {
  static override readonly className = 'InputLayer';

  readonly batchShape: SymbolicShape;
  readonly #dtypeName: string;
  readonly #flags: { readonly sparse: boolean; readonly ragged: boolean; readonly optional: boolean };

  constructor(options: InputOptions) {
    super({ name: options.name ?? null });
    const shape = options.shape ?? options.inputShape;
    const batchShape = options.batchShape ?? options.batchInputShape;
    if (shape && batchShape) throw new ValueError('You cannot pass both `shape` and `batchShape` at the same time.');
    if (!shape && !batchShape) throw new ValueError('You must pass a `shape` argument.');
    if (!Array.isArray(shape ?? batchShape))
      throw new ValueError(
        `Cannot convert '${String(shape ?? batchShape)}' to a shape. Expected a list, such as [28, 28, 1].`,
      );
    this.batchShape = batchShape ?? [options.batchSize ?? null, ...shape!];
    if (this.batchShape.some(dim => dim !== null && (!Number.isInteger(dim) || dim < 0))) {
      throw new ValueError(`Input: expected a shape of integers and nulls. Received: [${this.batchShape.join(', ')}]`);
    }
    this.#dtypeName = typeof options.dtype === 'string' ? options.dtype : floatx();
    const { sparse, ragged, optional } = options;
    this.#flags = { sparse: sparse ?? false, ragged: ragged ?? false, optional: optional ?? false };
    this.built = true;
    new Node(this, [], {}, new KerasTensor(this.batchShape, computeDType(this.#dtypeName), options.name ?? undefined));
  }

  override get dtype(): string {
    return this.#dtypeName;
  }

  override get computeDtype(): string {
    return computeDType(this.#dtypeName);
  }

  override getConfig(): Config {
    return {
      batch_shape: this.batchShape as Json,
      dtype: this.#dtypeName,
      sparse: this.#flags.sparse,
      ragged: this.#flags.ragged,
      name: this.name,
      optional: this.#flags.optional,
    };
  }
}

export const InputLayer: CallableClass<typeof InputLayerClass> = callable(InputLayerClass);
export type InputLayer = InputLayerClass;
register('keras.layers', InputLayer as unknown as ConfigurableClass);

/**
 * The symbolic input of a functional model: `Input({ shape: [784] })`, or `Input([784])`.
 * @throws ValueError without a shape, or with one that is not made of integers and nulls.
 */
export function Input(shape: InputOptions | SymbolicShape, options: InputOptions = {}): KerasTensor {
  const layer = new InputLayer(isDict(shape) ? (shape as InputOptions) : { ...options, shape: shape as SymbolicShape });
  return layer.inboundNodes[0]!.outputTensors[0]!;
}
