// A dense layer for tensors of any rank, its product spelled as an einsum equation.

import { ShapeError, ValueError } from '../../errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { einsum } from '../../ops/einsum.js';
import { add } from '../../ops/elementwise.js';
import type { Field } from '../../options.js';
import { formatShape } from '../../shape.js';
import { layer, layerWith } from '../define.js';
import { activation, constraint, fixed, initializer, regularizer, required, value } from '../fields.js';
import type { SymbolicShape } from '../kerasTensor.js';
import type { Weight } from '../weight.js';

const outputShape: Field<number | SymbolicShape, SymbolicShape, true> = {
  required: true,
  parse: given => [given!].flat() as SymbolicShape,
  toConfig: kept => kept,
};

const schema = {
  /** Such as 'abc,cd->abd': input, kernel, output. '...' stands for further axes of input and output. */
  equation: required<string>(),
  /** Shape of the output without the batch and the axes of '...'; null where the input decides. */
  outputShape,
  /** Default linear. */
  activation: activation(),
  /** The axes of the output along which there is a bias, such as 'd'. Default none. */
  biasAxes: value<string | null>(null),
  /** Default 'glorot_uniform'. */
  kernelInitializer: initializer('glorot_uniform'),
  /** Default 'zeros'. */
  biasInitializer: initializer('zeros'),
  kernelRegularizer: regularizer,
  biasRegularizer: regularizer,
  activityRegularizer: regularizer,
  kernelConstraint: constraint,
  biasConstraint: constraint,
  quantizationConfig: fixed(null),
};

class EinsumDenseLayer extends layerWith('EinsumDense', schema, ['equation', 'outputShape', 'activation', 'biasAxes']) {
  #kernel!: Weight;
  #bias: Weight | null = null;

  override build(inputShape: SymbolicShape): void {
    const { kernel, bias } = analyze(this.equation, this.biasAxes, inputShape, this.outputShape);
    this.#kernel = this.addWeight({
      name: 'kernel',
      shape: kernel,
      initializer: this.kernelInitializer,
      regularizer: this.kernelRegularizer,
      constraint: this.kernelConstraint,
    });
    if (bias) {
      this.#bias = this.addWeight({
        name: 'bias',
        shape: bias,
        initializer: this.biasInitializer,
        regularizer: this.biasRegularizer,
        constraint: this.biasConstraint,
      });
    }
  }

  override call(x: Tensor): Tensor {
    const product = einsum(this.equation, x, this.#kernel);
    return this.activation(this.#bias ? add(product, this.#bias) : product);
  }

  override computeOutputShape(inputShape: SymbolicShape): SymbolicShape {
    return analyze(this.equation, this.biasAxes, inputShape, this.outputShape).output;
  }
}

/** The shapes that an equation gives for an input. @throws ValueError for an equation that cannot be, ShapeError for sizes. */
function analyze(
  equation: string,
  biasAxes: string | null,
  inputShape: SymbolicShape,
  given: SymbolicShape,
): {
  kernel: number[];
  bias: number[] | null;
  output: SymbolicShape;
} {
  const [, input, kernelSpec, output] =
    /^([a-zA-Z.]+),([a-zA-Z]+)->([a-zA-Z.]+)$/.exec(equation.replaceAll(' ', '')) ?? [];
  if (!input || !kernelSpec || !output) {
    throw new ValueError(
      `Invalid einsum equation '${equation}'. Equations must be in the form [X],[Y]->[Z], ...[X],[Y]->...[Z], or [X]...,[Y]->[Z]....`,
    );
  }
  const inputLetters = input.replace('...', '');
  const outputLetters = output.replace('...', '');
  const elided = inputShape.length - inputLetters.length;
  if (input.includes('...') !== output.includes('...') || elided < 0 || (elided > 0 && !input.includes('...'))) {
    throw new ShapeError(`Einsum equation '${equation}' does not fit an input of shape ${formatShape(inputShape)}.`);
  }
  const left = input.startsWith('...');
  // The batch is the first axis, and one of those that '...' stands for where it comes first.
  const further = elided === 0 ? [] : left ? inputShape.slice(1, elided) : inputShape.slice(inputShape.length - elided);
  const full: (number | null)[] = left
    ? [inputShape[0]!, ...further, ...given]
    : [inputShape[0]!, ...given, ...further];
  const inputSize = (letter: string) => inputShape[inputLetters.indexOf(letter) + (left ? elided : 0)] ?? null;
  const outputSize = (letter: string) => full[outputLetters.indexOf(letter) + (left ? elided : 0)] ?? null;
  const kernel = [...kernelSpec].map(letter => {
    const size = inputLetters.includes(letter) ? inputSize(letter) : outputSize(letter);
    if (size === null) {
      throw new ShapeError(
        `Weight dimension '${letter}' did not have a match in either the input shape ${formatShape(inputShape)} or the ` +
          `output shape ${formatShape(given)}. For this layer, the weight must be fully specified.`,
      );
    }
    return size;
  });
  if (!biasAxes) return { kernel, bias: null, output: full };
  const missing = [...biasAxes].find(letter => !outputLetters.includes(letter));
  if (missing)
    throw new ValueError(`Bias dimension '${missing}' was requested, but is not part of the output spec '${output}'`);
  const first = Math.min(...[...biasAxes].map(letter => outputLetters.indexOf(letter)));
  const bias = [...outputLetters.slice(first)].map(letter => (biasAxes.includes(letter) ? outputSize(letter)! : 1));
  return { kernel, bias: [...bias, ...new Array<number>(left ? 0 : elided).fill(1)], output: full };
}

/** activation(einsum(equation, x, kernel) + bias): `EinsumDense('abc,cd->abd', [null, 64], { biasAxes: 'd' })`. */
export const EinsumDense = layer(EinsumDenseLayer);
export type EinsumDense = EinsumDenseLayer;
