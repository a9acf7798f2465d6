// A dense layer for tensors of any rank, its product spelled as an einsum equation.

import { ShapeError, ValueError } from '../../errors.js';
import type { Tensor } from '../../graph/tensor.js';
import { FanInitializer } from '../../initializers/varianceScaling.js';
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
    const { kernel, inputAxes, outputAxes, bias } = analyze(this.equation, this.biasAxes, inputShape, this.outputShape);
    if ([...kernel, ...(bias ?? [])].includes(null)) {
      throw new ShapeError(
        `The sizes of the weights must be known: the kernel's are ${formatShape(kernel)}, the bias's ${formatShape(bias ?? [])}, ` +
          `for an input of shape ${formatShape(inputShape)} and \`outputShape\` ${formatShape(this.outputShape)}.`,
      );
    }
    this.#kernel = this.addWeight({
      name: 'kernel',
      shape: kernel as number[],
      initializer:
        this.kernelInitializer instanceof FanInitializer
          ? this.kernelInitializer.forAxes(inputAxes, outputAxes)
          : this.kernelInitializer,
      regularizer: this.kernelRegularizer,
      constraint: this.kernelConstraint,
    });
    if (bias) {
      this.#bias = this.addWeight({
        name: 'bias',
        shape: bias as number[],
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

/**
 * The shapes that an equation gives for an input, with null for what the input leaves open.
 * @throws ValueError for an equation that cannot be, ShapeError for sizes.
 */
function analyze(
  equation: string,
  biasAxes: string | null,
  inputShape: SymbolicShape,
  given: SymbolicShape,
): {
  kernel: SymbolicShape;
  /** The axes of the kernel that are summed over. */
  inputAxes: number[];
  /** Its other axes. */
  outputAxes: number[];
  bias: SymbolicShape | null;
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
  // The batch is the first axis, and one of those that '...' stands for where it comes first. Keras says these axes in
  // the wrong order where there are several; here the shape is that of the output.
  const further = elided === 0 ? [] : left ? inputShape.slice(1, elided) : inputShape.slice(inputShape.length - elided);
  const full: SymbolicShape = left ? [inputShape[0]!, ...further, ...given] : [inputShape[0]!, ...given, ...further];
  if (full.length - elided !== outputLetters.length) {
    throw new ShapeError(
      `\`outputShape\` ${formatShape(given)} does not fit the output '${output}' of the equation '${equation}': expected ` +
        `one size for each of its axes without the batch${input.includes('...') ? " and the axes of '...'" : ''}.`,
    );
  }
  const inputSize = (letter: string) => inputShape[inputLetters.indexOf(letter) + (left ? elided : 0)] ?? null;
  const outputSize = (letter: string) => full[outputLetters.indexOf(letter) + (left ? elided : 0)] ?? null;
  for (const letter of outputLetters) {
    if (!inputLetters.includes(letter)) {
      if (kernelSpec.includes(letter)) continue;
      throw new ValueError(
        `Dimension '${letter}' of the output '${output}' is neither one of the input '${input}' nor one of the kernel '${kernelSpec}'.`,
      );
    }
    if (outputSize(letter) !== null && outputSize(letter) !== inputSize(letter)) {
      throw new ShapeError(
        `Input shape and output shape do not match at shared dimension '${letter}': ${inputSize(letter)} in the input, ` +
          `${outputSize(letter)} in \`outputShape\`. Pass null there for whatever the input has.`,
      );
    }
  }
  const kernel = [...kernelSpec].map(letter => {
    if (inputLetters.includes(letter)) return inputSize(letter);
    if (outputLetters.includes(letter)) return outputSize(letter);
    throw new ValueError(
      `Weight dimension '${letter}' did not have a match in either the input '${input}' or the output '${output}'. ` +
        'For this layer, the weight must be fully specified.',
    );
  });
  const axes = [...kernel.keys()];
  const inputAxes = axes.filter(axis => !outputLetters.includes(kernelSpec[axis]!));
  const outputAxes = axes.filter(axis => !inputAxes.includes(axis));
  const shapes = { kernel, inputAxes, outputAxes, output: full };
  if (!biasAxes) return { ...shapes, bias: null };
  const missing = [...biasAxes].find(letter => !outputLetters.includes(letter));
  if (missing)
    throw new ValueError(`Bias dimension '${missing}' was requested, but is not part of the output spec '${output}'`);
  const first = Math.min(...[...biasAxes].map(letter => outputLetters.indexOf(letter)));
  const bias = [...outputLetters.slice(first)].map(letter => (biasAxes.includes(letter) ? outputSize(letter) : 1));
  return { ...shapes, bias: [...bias, ...new Array<number>(left ? 0 : elided).fill(1)] };
}

/** activation(einsum(equation, x, kernel) + bias): `EinsumDense('abc,cd->abd', [null, 64], { biasAxes: 'd' })`. */
export const EinsumDense = layer(EinsumDenseLayer);
export type EinsumDense = EinsumDenseLayer;
