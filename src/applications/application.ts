// What all architectures share: the checks of their options, the input, the classifier on top, and the weights.

import type { ActivationIdentifier } from '../activations.js';
import type { KerasObject } from '../config.js';
import { ValueError } from '../errors.js';
import type { Initializer } from '../initializers/index.js';
import { Dense } from '../layers/core/dense.js';
import { Input } from '../layers/core/inputLayer.js';
import { KerasTensor, type SymbolicShape } from '../layers/kerasTensor.js';
import type { Layer } from '../layers/layer.js';
import { GlobalAveragePooling2D, GlobalMaxPooling2D } from '../layers/pooling/globalPooling.js';
import { Dropout } from '../layers/regularization/dropout.js';
import { Functional } from '../models/functional.js';
import { obtainInputShape } from './inputShape.js';
import { imagenet, loadWeights, type WeightFile } from './weights.js';

export type Pooling = 'avg' | 'max' | null;

/** Options of all architectures, with Keras's defaults. */
export interface ApplicationOptions {
  /** Whether the classifier is part of the model. Default true. */
  includeTop?: boolean;
  /** null for random weights, 'imagenet' (default) for those that Keras publishes, or the path of a weights file. */
  weights?: string | null;
  /** A symbolic tensor to use as the image. */
  inputTensor?: KerasTensor | null;
  /** Shape of an image, channels last. Without the classifier, null stands for any height and width. */
  inputShape?: SymbolicShape | null;
  /** What becomes of the last feature maps without the classifier: their mean, their maximum, or null for themselves. */
  pooling?: Pooling;
  /** Number of classes. Default 1000. */
  classes?: number;
  /** Default 'softmax'; null for logits. */
  classifierActivation?: ActivationIdentifier;
  /** Name of the model. */
  name?: string | null;
}

/** The options an architecture is built with. */
export type Settings<Own = object> = Required<ApplicationOptions> & Own & { readonly inputShape: SymbolicShape };

/** An architecture as a function: with `weights: null` it gives a model at once, else when the weights have arrived. */
export interface Application<Own = object> {
  (options: ApplicationOptions & Partial<Own> & { weights: null }): Functional;
  (options?: ApplicationOptions & Partial<Own> & { weights?: string }): Promise<Functional>;
  (options: ApplicationOptions & Partial<Own>): Functional | Promise<Functional>;
}

/** What one architecture is. */
export interface Plan<Own> {
  readonly name: string | ((settings: Settings<NoInfer<Own>>) => string);
  /** Defaults of the options that only this architecture has. */
  readonly options: Own;
  /** Height and width of the images, or which it is by the options. */
  readonly size: number | ((options: ApplicationOptions) => number);
  /** Smallest height and width. Default 32. */
  readonly minSize?: number;
  /** Whether the classifier takes images of any size. Default false. */
  readonly anySize?: boolean;
  /** From the image to the last feature maps. */
  features(image: KerasTensor, settings: Settings<NoInfer<Own>>): KerasTensor;
  /** From the feature maps to the classes. */
  top(features: KerasTensor, settings: Settings<NoInfer<Own>>): KerasTensor;
  /** From the feature maps to the output without the classifier. */
  bottom(features: KerasTensor, pooling: Pooling): KerasTensor;
  /** Further demands on the options where ImageNet's weights are wanted. @throws ValueError */
  checkImagenet?(settings: Settings<NoInfer<Own>>): void;
  /** Where Keras publishes the weights. */
  readonly file: WeightFile<Settings<NoInfer<Own>>>;
}

const defaults: Required<ApplicationOptions> = {
  includeTop: true,
  weights: imagenet,
  inputTensor: null,
  inputShape: null,
  pooling: null,
  classes: 1000,
  classifierActivation: 'softmax',
  name: null,
};

/** The function for an architecture. `title` is its name in messages. */
export function application<Own extends object>(title: string, plan: Plan<Own>): Application<Own> {
  return ((options: ApplicationOptions & Partial<Own> = {}) => {
    const settings = settingsOf(title, plan, options);
    const { includeTop, weights, inputTensor, inputShape, pooling } = settings;
    const image = inputTensor ?? Input({ shape: inputShape });
    const features = plan.features(image, settings);
    const output = includeTop ? plan.top(features, settings) : plan.bottom(features, pooling);
    const name = settings.name ?? (typeof plan.name === 'string' ? plan.name : plan.name(settings));
    const model = new Functional(inputTensor ? sourcesOf(inputTensor) : image, output, { name });
    return weights === null ? model : loadWeights(model, weights, title, plan.file, settings);
  }) as Application<Own>;
}

function settingsOf<Own extends object>(
  title: string,
  plan: Plan<Own>,
  options: ApplicationOptions & Partial<Own>,
): Settings<Own> {
  const known = { ...defaults, ...plan.options };
  const unknown = Object.keys(options).find(key => !(key in known));
  if (unknown !== undefined) {
    throw new ValueError(`${title} has no option \`${unknown}\`. Expected some of: ${Object.keys(known).join(', ')}.`);
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings = { ...known, ...given } as Settings<Own>;
  const { weights, includeTop, classes, inputTensor } = settings;
  if (weights !== null && (typeof weights !== 'string' || weights === '')) {
    throw new ValueError(
      `${title}: \`weights\` must be null (random initialization), 'imagenet' (pre-training on ImageNet), or the path of ` +
        `a weights file. Received: weights=${String(weights)}`,
    );
  }
  if (weights === imagenet && includeTop && classes !== 1000) {
    throw new ValueError(
      `${title}: if using \`weights: 'imagenet'\` with \`includeTop: true\`, \`classes\` should be 1000. Received classes=${classes}`,
    );
  }
  if (inputTensor !== null && !(inputTensor instanceof KerasTensor)) {
    throw new ValueError(
      `${title}: \`inputTensor\` must be a symbolic tensor, such as Input() gives. Received: ${String(inputTensor)}`,
    );
  }
  checkActivation(title, settings);
  const inputShape = obtainInputShape(title, {
    given: settings.inputShape ?? (plan.anySize && inputTensor ? inputTensor.shape.slice(1) : null),
    size: typeof plan.size === 'number' ? plan.size : plan.size(settings),
    minSize: plan.minSize ?? 32,
    fixed: includeTop && !plan.anySize,
    weights,
  });
  if (weights === imagenet) plan.checkImagenet?.({ ...settings, inputShape });
  return { ...settings, inputShape };
}

/** Trained classifiers give logits for softmax. */
function checkActivation(
  title: string,
  { includeTop, weights, classifierActivation }: Required<ApplicationOptions>,
): void {
  if (!includeTop || weights === null || classifierActivation === null || classifierActivation === 'softmax') return;
  throw new ValueError(
    `${title}: only null and 'softmax' activations are allowed for the \`classifierActivation\` argument when using ` +
      `pretrained weights, with \`includeTop: true\`. Received: classifierActivation=${String(classifierActivation)}`,
  );
}

/** The inputs of the layer graph that a tensor comes from, in the order in which they are met. */
function sourcesOf(tensor: KerasTensor): KerasTensor[] {
  const found = new Set<KerasTensor>();
  const seen = new Set<KerasTensor>();
  const visit = (each: KerasTensor): void => {
    if (seen.has(each)) return;
    seen.add(each);
    const node = each.history?.layer.inboundNodes[each.history.nodeIndex];
    if (!node || node.isInput) found.add(each);
    else node.inputTensors.forEach(visit);
  };
  visit(tensor);
  return [...found];
}

// ---- Pieces of plans ---------------------------------------------------------------------------------------------

/** Layers one after the other. */
export function chain(x: KerasTensor, ...layers: readonly Layer[]): KerasTensor {
  return layers.reduce<KerasTensor>((tensor, layer) => layer(tensor), x);
}

/** Number of channels of a symbolic image. */
export function channelsOf(x: KerasTensor): number {
  return x.shape.at(-1)!;
}

/** The usual classifier: mean of the feature maps, dropout if any, one dense layer. */
export function classifier({
  pool = 'avg_pool',
  dropout = 0,
  kernelInitializer = 'glorot_uniform',
  biasInitializer = 'zeros',
}: {
  readonly pool?: string | null;
  readonly dropout?: number;
  readonly kernelInitializer?: string | KerasObject;
  readonly biasInitializer?: string | Initializer;
} = {}) {
  return (x: KerasTensor, { classes, classifierActivation }: Settings): KerasTensor =>
    chain(
      x,
      GlobalAveragePooling2D({ name: pool }),
      ...(dropout > 0 ? [Dropout(dropout, { name: 'top_dropout' })] : []),
      Dense(classes, {
        activation: classifierActivation,
        kernelInitializer,
        biasInitializer,
        name: 'predictions',
      }),
    );
}

/** Pooling of the feature maps, by layers that are called 'avg_pool' and 'max_pool', or that have automatic names. */
export function pooled({ named }: { readonly named: boolean }) {
  return (x: KerasTensor, pooling: Pooling): KerasTensor => {
    if (pooling === 'avg') return GlobalAveragePooling2D({ name: named ? 'avg_pool' : null })(x);
    if (pooling === 'max') return GlobalMaxPooling2D({ name: named ? 'max_pool' : null })(x);
    return x;
  };
}
