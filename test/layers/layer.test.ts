import { beforeEach, describe, expect, test, vi } from 'vitest';
import '../../src/compiler/evaluate.js';
import { constant } from '../../src/graph/apply.js';
import type { Tensor } from '../../src/graph/tensor.js';
import { MultiHeadAttention } from '../../src/layers/attention/multiHeadAttention.js';
import { KerasTensor } from '../../src/layers/kerasTensor.js';
import { type CallOptions, Layer, type LayerOptions } from '../../src/layers/layer.js';
import { getMask, setMask } from '../../src/layers/mask.js';
import { resetNames } from '../../src/naming.js';

class Weighted extends Layer {
  seen: CallOptions | null = null;

  override build(inputShape: readonly (number | null)[]): void {
    this.addWeight({ name: 'running', shape: [2], initializer: 'ones', trainable: false });
    this.addWeight({ name: 'kernel', shape: [inputShape.at(-1)!, 3], initializer: 'ones' });
  }

  override call(x: Tensor, options: CallOptions): Tensor {
    this.seen = options;
    return x;
  }
}

class Outer extends Layer {
  readonly parts = [new Weighted(), new Weighted()];
  readonly named = { last: new Weighted() };

  constructor(options: LayerOptions = {}) {
    super(options);
    this.supportsMasking = true;
  }

  override call(x: Tensor): Tensor {
    return this.named.last(this.parts.reduce((y, part) => part(y), x));
  }
}

beforeEach(() => resetNames());

describe('Layer', () => {
  test('instances are functions that keep their class, fields and name', () => {
    const layer = new Weighted();
    expect(typeof layer).toBe('function');
    expect(layer).toBeInstanceOf(Weighted);
    expect(layer).toBeInstanceOf(Layer);
    expect(layer.name).toBe('weighted');
    expect(new Weighted().name).toBe('weighted_1');
    expect(new Weighted({ name: 'mine' }).name).toBe('mine');
  });

  test('trainable weights come first, then the others, then those of the layers inside', () => {
    const outer = new Outer();
    outer(constant([[1, 2]]));
    expect(outer.weights.map(weight => weight.path)).toEqual([
      'outer/weighted/kernel',
      'outer/weighted/running',
      'outer/weighted_1/kernel',
      'outer/weighted_1/running',
      'outer/weighted_2/kernel',
      'outer/weighted_2/running',
    ]);
    expect(outer.trainableWeights).toHaveLength(3);
    expect(outer.countParams()).toBe(3 * (6 + 2));
  });

  test('trainable reaches the layers inside', () => {
    const outer = new Outer();
    outer(constant([[1, 2]]));
    outer.trainable = false;
    expect(outer.parts[0]!.trainable).toBe(false);
    expect(outer.trainableWeights).toEqual([]);
    expect(outer.nonTrainableWeights).toHaveLength(6);
    outer.trainable = true;
    expect(outer.trainableWeights.map(weight => weight.name)).toEqual(['kernel', 'kernel', 'kernel']);
  });

  test('training reaches the layers inside, and is false if nobody says it', () => {
    const outer = new Outer();
    outer(constant([[1]]), { training: true });
    expect(outer.named.last.seen!.training).toBe(true);
    outer(constant([[1]]));
    expect(outer.named.last.seen!.training).toBe(false);
  });

  test('a layer called on a symbolic tensor records a node and keeps unknown dimensions', () => {
    const layer = new Weighted();
    const x = new KerasTensor([null, 7, 2]);
    const y = layer(x);
    expect(y).toBeInstanceOf(KerasTensor);
    expect(y.shape).toEqual([null, 7, 2]);
    expect(y.history).toMatchObject({ nodeIndex: 0, tensorIndex: 0 });
    expect(layer.input).toBe(x);
    expect(layer.output).toBe(y);
    expect(layer.outputShape).toEqual([null, 7, 2]);
  });

  test('the input and output of a layer with several nodes are ill-defined', () => {
    const layer = new Weighted({ name: 'twice' });
    expect(() => layer.input).toThrow('Layer twice is not connected, no input to return.');
    expect(() => layer.output).toThrow('The layer twice has never been called and thus has no defined output.');
    const outputs = [layer(new KerasTensor([null, 2])), layer(new KerasTensor([null, 5, 2]))];
    expect(() => layer.output).toThrow(
      'Layer twice has multiple inbound nodes, hence the notion of "layer output" is ill-defined.',
    );
    expect(() => layer.inputShape).toThrow('has multiple inbound nodes, with different input shapes');
    expect(layer.getOutputAt(1)).toBe(outputs[1]);
    expect(layer.getInputShapeAt(1)).toEqual([null, 5, 2]);
    expect(() => layer.getOutputAt(2)).toThrow(
      'Asked to get output at node 2, but the layer has only 2 inbound nodes.',
    );
  });

  test('setWeights takes nested and flat values and checks their number and shapes', () => {
    const layer = new Weighted({ name: 'w' });
    layer(constant([[1, 2]]));
    layer.setWeights([new Float32Array([1, 2, 3, 4, 5, 6]), [7, 8]]);
    expect(layer.getWeights().map(weight => weight.array())).toEqual([
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      [7, 8],
    ]);
    expect(() => layer.setWeights([[1]])).toThrow('weight list of length 1, but the layer was expecting 2 weights');
    expect(() => layer.setWeights([[[1, 2, 3]], [7, 8]])).toThrow(
      'Layer w weight shape (2, 3) is not compatible with provided weight shape (1, 3).',
    );
  });

  test("build from outside happens once, in the layer's scope", () => {
    const layer = new Weighted();
    layer.build([null, 2]);
    expect(layer.built).toBe(true);
    layer.build([null, 2]);
    layer(constant([[1, 2]]));
    expect(layer.weights.map(weight => weight.path)).toEqual(['weighted/kernel', 'weighted/running']);
    class Wrapping extends Layer {
      readonly inner = new Weighted();

      override build(inputShape: readonly (number | null)[]): void {
        this.inner.build(inputShape);
      }

      override call(x: Tensor): Tensor {
        return this.inner(x);
      }
    }
    const outer = new Wrapping();
    outer(constant([[1, 2]]));
    expect(outer.weights.map(weight => weight.path)).toEqual([
      'wrapping/weighted_1/kernel',
      'wrapping/weighted_1/running',
    ]);
  });

  test('the input spec is checked with the message of Keras', () => {
    const layer = new Weighted({ name: 'dense_4' });
    layer.inputSpec = { minNdim: 2, axes: { [-1]: 2 } };
    expect(() => layer(new KerasTensor([null, 3]))).toThrow(
      "Input 0 with name 'None' of layer 'dense_4' is incompatible with the layer: expected axis -1 of input shape to " +
        'have value 2, but received input with shape (None, 3)',
    );
    expect(() => layer(constant([1, 2]))).toThrow('expected min_ndim=2, found ndim=1. Full shape received: (2,)');
  });

  test('a mask reaches `call`, travels on if supported, and is destroyed with a warning if not', () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const x = constant([[1, 2]]);
    const mask = constant([true, false]);
    setMask(x, mask);
    class Copy extends Weighted {
      override call(input: Tensor, options: CallOptions): Tensor {
        super.call(input, options);
        return constant(input.data(), 'float32', input.shape);
      }
    }
    const copy = new Copy();
    expect(getMask(copy(x))).toBeNull();
    expect(copy.seen!.mask).toBe(mask);
    expect(warn.mock.calls[0]![0]).toContain(
      "Layer 'copy' (of type Copy) was passed an input with a mask attached to it.",
    );
    copy.supportsMasking = true;
    expect(getMask(copy(x))).toBe(mask);
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });

  test('unknown options are refused by name', () => {
    expect(() => new Weighted({ nmae: 'x' } as LayerOptions)).toThrow(
      'Unrecognized keyword arguments passed to Weighted: nmae.',
    );
  });

  test('unknown options of a call are refused, but for the layers of users, which say themselves what they take', () => {
    const x = constant([1, 2, 3, 4], 'float32', [1, 2, 2]);
    const attention = MultiHeadAttention(1, 2, { name: 'attention' });
    expect(() => attention(x, x, { attention_mask: x } as object)).toThrow(
      /"attention" .*unknown options: attention_mask\. Expected some of: .*attentionMask/,
    );
    expect(attention.built).toBe(false);
    const own = new Weighted();
    own(x, { scale: 2 });
    expect(own.seen!['scale']).toMatchObject({ shape: [] });
  });

  test('the config has name, trainable and the dtype policy', () => {
    const config = new Weighted({ trainable: false }).getConfig();
    expect(config).toEqual({
      name: 'weighted',
      trainable: false,
      dtype: {
        module: 'keras',
        class_name: 'DTypePolicy',
        config: { name: 'float32' },
        registered_name: null,
      },
    });
    expect(Weighted.fromConfig(config).getConfig()).toEqual(config);
  });
});
