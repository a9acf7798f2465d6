// Functions of tensors as parts of the layer graph: called on symbolic tensors, an op becomes a node there, as in Keras 3.

import { type Config, type ConfigurableClass, type Json, registerLazily, toSnakeKey } from '../config.js';
import type { TensorLike } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { type AnyFunction, type ByName, bindArguments } from '../named.js';
import { typedCall } from '../ops/typed.js';
import { isDict, type Structure } from '../structure.js';
import { type KerasTensor, Node, symbolicTensorsIn } from './kerasTensor.js';
import { Layer } from './layer.js';

type Named = { readonly [name: string]: unknown };

/** What a function of tensors is called and how its parameters divide. */
interface Description {
  readonly name: string;
  readonly className: string;
  readonly fn: AnyFunction;
  /** Parameters that each call of the operation is given: the tensors, as a rule. */
  readonly tensors: readonly string[];
  /** Whether the one of `tensors` is a list that calls of the operation spread, as Python's `*operands`. */
  readonly spread?: boolean;
  /** Parameters that belong to the operation, with their defaults as Keras writes them. */
  readonly settings: readonly Setting[];
}

interface Setting {
  readonly name: string;
  readonly initial: Json;
  /** Whether Keras gives it to calls of the operation, after the tensors, rather than to the operation. */
  readonly perCall: boolean;
}

/** The function's results for arguments by name. */
function callNamed({ name, fn, tensors, settings }: Description, args: Named): unknown {
  const parameters = [...tensors, ...settings.map(setting => setting.name)];
  return typedCall(name, tensors, args, given => fn(...(parameters.map(each => given[each]) as never[])));
}

/** An op in the layer graph: a layer without weights, whose settings are the arguments that are not tensors. */
export class Operation extends Layer {
  readonly #description: Description;
  readonly #settings: Named;

  constructor(description: Description, settings: Named, name?: string) {
    super({ name: name ?? null });
    this.#description = description;
    this.#settings = settings;
    this.built = true;
  }

  override invoke(...args: unknown[]): unknown {
    const last = args.at(-1);
    const kwargs = isDict(last) && args.length > 1 ? last : {};
    const positional = last === kwargs ? args.slice(0, -1) : args;
    // One by one: a list that begins with a number counts as data.
    if (args.flatMap(symbolicTensorsIn).length === 0)
      return this.callOnTensors(positional as Structure<Tensor>, kwargs);
    const outputs = this.computeOutputSpec(positional as Structure<KerasTensor>, kwargs);
    new Node(this, positional, kwargs, outputs);
    return outputs;
  }

  override callOnTensors(inputs: Structure<Tensor>, kwargs: Named): Structure<Tensor> {
    const { tensors, spread, settings } = this.#description;
    const args = new Map<string, unknown>(
      tensors.map((tensor, i) => [tensor, spread ? inputs : (inputs as readonly Tensor[])[i]]),
    );
    const further = settings.filter(({ perCall }) => perCall);
    for (const setting of settings) {
      const { name } = setting;
      const positional = (inputs as readonly unknown[])[tensors.length + further.indexOf(setting)];
      args.set(name, kwargs[name] ?? (setting.perCall ? positional : this.#settings[name]));
    }
    return callNamed(this.#description, Object.fromEntries(args)) as Structure<Tensor>;
  }

  override getConfig(): Config {
    const own = this.#description.settings.filter(({ perCall }) => !perCall);
    const settings = own.map(
      ({ name, initial }) => [toSnakeKey(name), (this.#settings[name] as Json | undefined) ?? initial] as const,
    );
    return { name: this.name, ...Object.fromEntries(settings) };
  }
}

// ---- Types -------------------------------------------------------------------------------------------------------

/** `'axis=null'` or `'+axis'` → `'axis'`. */
type NameOf<Setting extends string> = Setting extends `+${infer Rest}`
  ? NameOf<Rest>
  : Setting extends `${infer Name}=${string}`
    ? Name
    : Setting;
type NamesOf<Settings extends readonly string[]> = { [I in keyof Settings]: NameOf<Settings[I]> };

/** `'x y'` → `['x', 'y']`. */
type Split<Words extends string> = Words extends `${infer Word} ${infer More}` ? [Word, ...Split<More>] : [Words];

/** The first arguments, one for each word of `Words`, and those after them. */
type Head<Words extends string, Args extends readonly unknown[]> = Args extends readonly [infer First, ...infer Rest]
  ? Words extends `${string} ${infer More}`
    ? [First, ...Head<More, Rest>]
    : [First]
  : [];
type Tail<Words extends string, Args extends readonly unknown[]> = Args extends readonly [unknown, ...infer Rest]
  ? Words extends `${string} ${infer More}`
    ? Tail<More, Rest>
    : Rest
  : [];

/** Parameters that take symbolic tensors wherever they take tensors. */
type WithSymbolic<Args extends readonly unknown[]> = {
  [I in keyof Args]:
    | Args[I]
    | (Tensor extends Args[I] ? KerasTensor : never)
    | (readonly Tensor[] extends Args[I] ? readonly (TensorLike | KerasTensor)[] : never);
};

type LiftedArgs<F extends AnyFunction, Words extends string, Settings extends readonly string[]> =
  | WithSymbolic<Parameters<F>>
  | [
      ...Head<Words, WithSymbolic<Required<Parameters<F>>>>,
      ByName<NamesOf<Settings>, Partial<Tail<Words, WithSymbolic<Required<Parameters<F>>>>>>,
    ]
  | [ByName<[...Split<Words>, ...NamesOf<Settings>], WithSymbolic<Parameters<F>>>];

/** true for a symbolic tensor or a list of them, never for anything else. */
type IsSymbolic<T> = T extends KerasTensor
  ? true
  : T extends readonly (infer Item)[]
    ? Item extends KerasTensor
      ? true
      : never
    : never;
/** The arguments themselves, and those by name in an options object. */
type Given<T> = T | (T extends KerasTensor | Tensor | readonly unknown[] | ArrayBufferView ? never : T[keyof T]);
type Symbolized<R> = R extends Tensor ? KerasTensor : { [K in keyof R]: R[K] extends Tensor ? KerasTensor : R[K] };

/** A function that takes its settings by position or by name, and symbolic tensors as well as tensors. */
export type Lifted<F extends AnyFunction, Words extends string, Settings extends readonly string[]> = <
  Args extends LiftedArgs<F, Words, Settings>,
>(
  ...args: Args
) => [IsSymbolic<Given<Args[number]>>] extends [never] ? ReturnType<F> : Symbolized<ReturnType<F>>;

// ---- Lifting -----------------------------------------------------------------------------------------------------

/** Classes that Keras does not call like their functions. */
const classNames: { readonly [name: string]: string } = {
  abs: 'Absolute',
  allclose: 'AllClose',
  batchNormalization: 'BatchNorm',
  cdist: 'CDist',
  ctcDecode: 'CTCDecode',
  ctcLoss: 'CTCLoss',
  hsvToRgb: 'HSVToRGB',
  isin: 'IsIn',
  layerNormalization: 'LayerNorm',
  psnr: 'PSNR',
  rgbToGrayscale: 'RGBToGrayscale',
  rgbToHsv: 'RGBToHSV',
  rmsNormalization: 'RMSNorm',
  searchsorted: 'SearchSorted',
  svd: 'SVD',
};

/**
 * The public form of a function of tensors. On tensors it is applied at once; on symbolic tensors it records an
 * operation. Arguments can be given by position or by name: `sum(x, 1)`, `sum(x, { axis: 1 })`, `sum({ x, axis: 1 })`.
 * @param module where Keras keeps the operation's class, such as 'keras.src.ops.numpy'.
 * @param name Keras's name in camelCase; the class is called like it.
 * @param tensors names of the parameters that are given to each call, separated by spaces; '...operands' for a list whose
 * items Keras's operation is called with.
 * @param settings the other parameters in order: 'axis', or with the default that configs show: 'axis=null'; '+weights' for
 * one that Keras gives to each call.
 */
export function lift<F extends AnyFunction, const Words extends string, const Settings extends readonly string[]>(
  module: string,
  name: string,
  fn: F,
  tensors: Words,
  ...settings: Settings
): Lifted<F, Words, Settings> {
  // Most ops are not used by most programs: what they need is made when they are.
  const className = classNames[name] ?? name[0]!.toUpperCase() + name.slice(1);
  let description: Description | undefined;
  const describe = () => {
    description ??= {
      name,
      className,
      fn,
      tensors: tensors.replace('...', '').split(' '),
      spread: tensors.startsWith('...'),
      settings: settings.map(parseSetting),
    };
    return description;
  };
  const operationClass = registerLazily(module, className, () => declareOperation(describe()));
  const lifted = (...args: unknown[]): unknown => {
    const { tensors: given, spread, settings: known } = describe();
    const parameters = [...given, ...known.map(each => each.name)];
    const named = bindArguments(name, parameters, args);
    if (symbolicTensorsIn(named).length === 0) return callNamed(describe(), named);
    const settingsGiven = known.filter(each => named[each.name] !== undefined);
    const goesToCall = ({ name: each, perCall }: Setting) => perCall || symbolicTensorsIn(named[each]).length > 0;
    const own = settingsGiven.filter(each => !goesToCall(each)).map(each => [each.name, named[each.name]]);
    const kwargs = settingsGiven.filter(goesToCall).map(each => [each.name, named[each.name]]);
    const operation = new (operationClass())(Object.fromEntries(own) as Named);
    const inputs = given.map(each => named[each]);
    return operation.invoke(...(spread ? (inputs[0] as unknown[]) : inputs), Object.fromEntries(kwargs));
  };
  Object.defineProperty(lifted, 'name', { value: name });
  return lifted as Lifted<F, Words, Settings>;
}

/** `'axis=null'` → its name and default; without one, null. */
function parseSetting(setting: string): Setting {
  const [name, initial = 'null'] = setting.replace('+', '').split('=');
  return { name: name!, initial: JSON.parse(initial) as Json, perCall: setting.startsWith('+') };
}

type OperationClass = ConfigurableClass & (new (settings: Named, name?: string) => Operation);

/** `lift` for the functions of one of Keras's modules. */
export function lifter(module: string) {
  return <F extends AnyFunction, const Words extends string, const Settings extends readonly string[]>(
    name: string,
    fn: F,
    tensors: Words,
    ...settings: Settings
  ): Lifted<F, Words, Settings> => lift(module, name, fn, tensors, ...settings);
}

/** The class of an op's operations. */
function declareOperation(description: Description): OperationClass {
  class Declared extends Operation {
    static override readonly className: string = description.className;
    static readonly registeredName: string = description.className;

    static override fromConfig<T>(this: new (...args: never) => T, config: Config): T {
      // None where that is Keras's default means the default here, too.
      const given = description.settings.filter(
        ({ name, initial }) =>
          (config[toSnakeKey(name)] ?? undefined) !== undefined ||
          (initial !== null && config[toSnakeKey(name)] === null),
      );
      const settings = Object.fromEntries(given.map(({ name }) => [name, config[toSnakeKey(name)]]));
      return new (this as unknown as new (settings: Named, name?: string) => T)(
        settings,
        config['name'] as string | undefined,
      );
    }

    constructor(settings: Named, name?: string) {
      super(description, settings, name);
    }
  }
  return Declared as OperationClass;
}
