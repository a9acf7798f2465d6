// Long short-term memory over images: the products with the weights are convolutions.

import type { TensorLike } from '../../graph/apply.js';
import type { Tensor } from '../../graph/tensor.js';
import { seed } from '../../initializers/initializer.js';
import { type ConvOptions, conv } from '../../ops/conv.js';
import { ones, zeros } from '../../ops/creation.js';
import { add, multiply } from '../../ops/elementwise.js';
import { concatenate, reshape, split } from '../../ops/movement.js';
import { dropout } from '../../ops/random.js';
import type { Field } from '../../options.js';
import type { Shape } from '../../shape.js';
import type { Structure } from '../../structure.js';
import { channelsOf, convShape } from '../convolutional/shapes.js';
import { layer, layerWith, type MadeLayer } from '../define.js';
import {
  activation,
  constraint,
  dataFormat,
  initializer,
  padding,
  rate,
  regularizer,
  size,
  sizes,
  sizesOr,
  value,
} from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import type { LayerOptions, ShapeStructure } from '../layer.js';
import type { Weight } from '../weight.js';
import type { CellCallOptions, CellMasks } from './cells.js';
import { type RnnCallOptions, RnnLayer, rnnSchema } from './rnn.js';

function schemaFor(dims: number) {
  return {
    /** Number of channels of the output and of each state. */
    filters: size,
    kernelSize: sizes(dims),
    strides: sizesOr(dims, 1),
    padding: padding(),
    dataFormat,
    dilationRate: sizesOr(dims, 1),
    /** Default 'tanh'. */
    activation: activation('tanh'),
    /** Activation of the gates. Default 'sigmoid'. */
    recurrentActivation: activation('sigmoid'),
    /** Default true. */
    useBias: value<boolean>(true),
    // Keras draws a missing seed before those of the initializers.
    seed,
    kernelInitializer: initializer('glorot_uniform'),
    recurrentInitializer: initializer('orthogonal'),
    biasInitializer: initializer('zeros'),
    /** Starts the forget gate's bias at 1. Default true. */
    unitForgetBias: value<boolean>(true),
    kernelRegularizer: regularizer,
    recurrentRegularizer: regularizer,
    biasRegularizer: regularizer,
    kernelConstraint: constraint,
    recurrentConstraint: constraint,
    biasConstraint: constraint,
    dropout: rate(0) as Field<number, number, false>,
    recurrentDropout: rate(0) as Field<number, number, false>,
  };
}

class ConvLstmCell extends layerWith('ConvLSTMCell', schemaFor(1), ['filters', 'kernelSize']) {
  static override readonly callArgs: readonly string[] = ['states'];
  static override readonly callOptions: readonly string[] = ['masks'];
  #kernel!: Weight;
  #recurrentKernel!: Weight;
  #bias: Weight | null = null;
  readonly #seeds = this.seed.generator();

  get stateSize(): readonly number[] {
    return [this.filters, this.filters];
  }

  override build(inputShape: SymbolicShape): void {
    const channels = channelsOf(inputShape, this.dataFormat, this.name);
    this.#kernel = this.addWeight({
      name: 'kernel',
      shape: [...this.kernelSize, channels, 4 * this.filters],
      initializer: this.kernelInitializer,
      regularizer: this.kernelRegularizer,
      constraint: this.kernelConstraint,
    });
    this.#recurrentKernel = this.addWeight({
      name: 'recurrent_kernel',
      shape: [...this.kernelSize, this.filters, 4 * this.filters],
      initializer: this.recurrentInitializer,
      regularizer: this.recurrentRegularizer,
      constraint: this.recurrentConstraint,
    });
    if (!this.useBias) return;
    const { filters } = this;
    this.#bias = this.addWeight({
      name: 'bias',
      shape: [4 * filters],
      initializer: this.biasInitializer,
      regularizer: this.biasRegularizer,
      constraint: this.biasConstraint,
    });
    if (this.unitForgetBias) {
      this.#bias.write(
        concatenate([
          this.biasInitializer.call([filters]),
          ones([filters]),
          this.biasInitializer.call([2 * filters]),
        ]).data(),
      );
    }
  }

  /** A mask for each gate, one behind the other along the channels. */
  dropoutMasks(step: Shape, states: Structure<Tensor>): CellMasks {
    const [h] = states as readonly [Tensor, Tensor];
    const draw = (shape: Shape, share: number) =>
      share > 0
        ? concatenate(
            Array.from({ length: 4 }, () => dropout(ones(shape), share, null, this.#seeds)),
            this.#channels(shape.length),
          )
        : null;
    return { dropoutMask: draw(step, this.dropout), recurrentDropoutMask: draw(h.shape, this.recurrentDropout) };
  }

  /** The axis of the channels. */
  #channels(rank: number): number {
    return this.dataFormat === 'channels_last' ? rank - 1 : 1;
  }

  override call(x: Tensor, { states, training, masks }: CellCallOptions): Structure<Tensor> {
    const [h, c] = states as readonly [Tensor, Tensor];
    const { dataFormat: format, strides, padding: pad, dilationRate } = this;
    const { dropoutMask, recurrentDropoutMask } = (training ? (masks as CellMasks | undefined) : null) ?? {};
    const axis = this.#channels(x.rank);
    // Where each gate has a mask of its own, each is a group of channels that meets its part of the kernel.
    const product = (tensor: Tensor, mask: TensorLike | null | undefined, kernel: Weight, options: ConvOptions) =>
      mask
        ? conv(multiply(concatenate(new Array<Tensor>(4).fill(tensor), axis), mask), kernel, options)
        : conv(tensor, kernel, options);
    const fromInput = product(x, dropoutMask, this.#kernel, {
      strides,
      padding: pad,
      dilationRate,
      dataFormat: format,
    });
    const fromState = product(h, recurrentDropoutMask, this.#recurrentKernel, { padding: 'same', dataFormat: format });
    const sums = add(fromInput, fromState);
    const z = this.#bias
      ? add(
          sums,
          reshape(
            this.#bias,
            sums.shape.map((dim, each) => (each === axis ? dim : 1)),
          ),
        )
      : sums;
    const [zi, zf, zc, zo] = split(z, 4, axis) as [Tensor, Tensor, Tensor, Tensor];
    const carry = add(
      multiply(this.recurrentActivation(zf), c),
      multiply(this.recurrentActivation(zi), this.activation(zc)),
    );
    const output = multiply(this.recurrentActivation(zo), this.activation(carry));
    return [output, [output, carry]];
  }
}

/** What the layers add to RNN: states that are images. */
abstract class ConvRnnLayer extends RnnLayer {
  #imageShape: readonly number[] = [];

  protected abstract stepShape(inputShape: SymbolicShape): SymbolicShape;

  override getInitialState(batchSize: number): Structure<Tensor> {
    return [0, 1].map(() => zeros([batchSize, ...this.#imageShape]));
  }

  override build(inputShape: SymbolicShape): void {
    this.#imageShape = this.stepShape(inputShape)
      .slice(1)
      .map(dim => dim ?? 0);
    super.build(inputShape);
  }

  override call(x: Tensor, options: RnnCallOptions): Structure<Tensor> {
    this.#imageShape = this.stepShape(x.shape).slice(1) as number[];
    return super.call(x, options);
  }

  override computeOutputShape(inputShape: ShapeStructure): ShapeStructure {
    const shape = inputShape as SymbolicShape;
    const [batch, ...image] = this.stepShape(shape);
    const output: SymbolicShape = this.returnSequences ? [batch!, shape[1]!, ...image] : [batch!, ...image];
    return this.returnState ? [output, [batch!, ...image], [batch!, ...image]] : output;
  }
}

function convLstm(className: string, dims: number) {
  const schema = schemaFor(dims);
  const Options = layerWith(
    className,
    { ...rnnSchema, ...schema, activityRegularizer: regularizer },
    ['filters', 'kernelSize'],
    ConvRnnLayer as unknown as new (
      options: LayerOptions,
    ) => ConvRnnLayer,
  );

  class ConvLstmLayer extends Options {
    constructor(...args: ConstructorParameters<typeof Options>) {
      super(...args);
      this.inputSpec = { ndim: dims + 3 };
      const fields = this as unknown as { readonly [key: string]: never };
      const options = Object.fromEntries(Object.keys(schema).map(key => [key, fields[key]]));
      // The number of spatial axes is in the sizes: they are checked already.
      this.cell = Object.assign(
        new ConvLstmCell({
          filters: this.filters,
          kernelSize: [1],
          kernelInitializer: this.kernelInitializer,
          recurrentInitializer: this.recurrentInitializer,
          seed: this.seed,
          name: 'conv_lstm_cell',
        }),
        options,
      ) as never;
    }

    override stepShape(inputShape: SymbolicShape): SymbolicShape {
      return convShape([inputShape[0]!, ...inputShape.slice(2)], this.filters, this);
    }
  }
  return layer(ConvLstmLayer) as MadeLayer<typeof Options>;
}

/** LSTM over sequences of sequences: (batch, time, steps, channels). */
export const ConvLSTM1D = convLstm('ConvLSTM1D', 1);
export type ConvLSTM1D = InstanceType<typeof ConvLSTM1D>;

/** LSTM over sequences of images: (batch, time, height, width, channels). Shi et al. (2015). */
export const ConvLSTM2D = convLstm('ConvLSTM2D', 2);
export type ConvLSTM2D = InstanceType<typeof ConvLSTM2D>;

/** LSTM over sequences of volumes. */
export const ConvLSTM3D = convLstm('ConvLSTM3D', 3);
export type ConvLSTM3D = InstanceType<typeof ConvLSTM3D>;
