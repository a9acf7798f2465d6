// Training, evaluation and prediction. A whole step (forward, losses, metrics, gradients, optimizer) is traced once per
// shape of batch and compiled to one program; the loops below only copy batches in and run it.

import { platform } from '#platform';
import { gradients } from '../autodiff.js';
import type { AnyLogs, Callback, CallbackHooks, CallbackModel, Logs } from '../callbacks/callback.js';
import { CallbackList } from '../callbacks/callbackList.js';
import type { History } from '../callbacks/history.js';
import type { Program } from '../compiler/program.js';
import { ArrayBatches, type Batches, type Feed, type Parts, type Signature } from '../data/batches.js';
import type { Column, Port } from '../data/column.js';
import { isInteractiveLoggingEnabled } from '../defaults.js';
import { ValueError } from '../errors.js';
import { asTensor } from '../graph/apply.js';
import type { Tensor } from '../graph/tensor.js';
import { trace } from '../graph/trace.js';
import { weightCount } from '../layers/context.js';
import { Layer } from '../layers/layer.js';
import { Metric } from '../metrics/metric.js';
import { Mean } from '../metrics/metrics.js';
import { add, cast } from '../ops/elementwise.js';
import { sum } from '../ops/reduce.js';
import type { Optimizer } from '../optimizers/optimizer.js';
import { getOptimizer } from '../optimizers/optimizers.js';
import { ready } from '../runtime/engine.js';
import { flatten, isDict, pack, type Structure } from '../structure.js';
import { type CompileArgs, type CompileOptions, compileOptions } from './compileOptions.js';
import { concatenateRows } from './concatenateRows.js';
import { fitData } from './fitData.js';
import {
  checkOptions,
  type EvaluateOptions,
  type FitOptions,
  type OnBatchOptions,
  validates,
  withTargets,
} from './fitOptions.js';
import { Objectives } from './objectives.js';
import { type Run, Runs } from './runs.js';
import { compiledStep, eagerStep, type Step, type StepData, type StepResult, standIns } from './step.js';
import { type Mode, StepCache } from './stepCache.js';
import { TrainableState } from './trainableState.js';
import { batchesOf, type Ports, parseParts, type Source, withClassWeight } from './trainingData.js';

/** The longest time in milliseconds for which the event loop has to wait. */
const BREATH = 50;

/** What happens around the batches of an epoch. */
interface BatchHooks {
  before?(): void;
  after(step: Step, count: number): Promise<void> | undefined;
}

export class Trainer extends Layer implements CallbackModel {
  optimizer: Optimizer | null = null;
  stopTraining = false;
  stopEvaluating = false;
  stopPredicting = false;
  resumeEpoch: number | null = null;
  history: unknown = null;
  compiled = false;
  runEagerly = false;
  readonly #lossTracker = new Mean({ name: 'loss' });
  #compileOptions: CompileOptions | null = null;
  #objectives: Objectives | null = null;
  readonly #steps = new StepCache();
  readonly #runs = new Runs(this);
  #predictions: { readonly like: Structure<Tensor> } | null = null;
  /** What was trainable when `compile` was called: it counts until the next call. */
  #trainableState: TrainableState | null = null;
  /** How many weights there were when the steps were last checked. */
  #weightCount = -1;

  // ---- What models say about themselves ----------------------------------------------------------------------------

  /** The inputs that data are matched with; null where any will do. */
  protected get inputPorts(): readonly Port[] | null {
    return null;
  }

  /** The outputs that targets are matched with; null where any will do. */
  protected get outputPorts(): readonly Port[] | null {
    return null;
  }

  /** Whether `call` says how to get from inputs to outputs. Models with steps of their own may do without. */
  protected get hasCall(): boolean {
    return true;
  }

  // ---- Compile -----------------------------------------------------------------------------------------------------

  /**
   * Says how to train: `compile({ optimizer: 'adam', loss: 'mse', metrics: ['mae'] })`, or positionally optimizer, loss,
   * lossWeights, metrics.
   */
  compile(...args: CompileArgs): void {
    const options = compileOptions(args);
    const optimizer = options.optimizer === null ? null : getOptimizer(options.optimizer);
    this.#objectives = new Objectives(options);
    this.optimizer = optimizer;
    this.runEagerly = options.runEagerly;
    this.#compileOptions = options;
    this.#trainableState = new TrainableState(this);
    this.compiled = true;
    this.stopTraining = false;
    this.#steps.clear();
  }

  /** @internal What `compile` was told, for files. */
  get compileArguments(): CompileOptions | null {
    return this.#compileOptions;
  }

  /** The loss given to `compile`. */
  get loss(): unknown {
    return this.#compileOptions?.loss ?? null;
  }

  /** All metrics: the mean loss, those given to `compile`, the losses of single outputs, and those kept in fields. */
  get metrics(): Metric[] {
    const own = this.flattenLayers().flatMap(layer => Object.values(layer).filter(value => value instanceof Metric));
    const compiled = this.compiled
      ? [this.#lossTracker, ...(this.#objectives?.metrics ?? []), ...(this.#objectives?.lossMetrics ?? [])]
      : [];
    return [...new Set([...compiled, ...own])];
  }

  /** The names of the values that `evaluate` gives, in its order. Metrics are known once a batch has been seen. */
  get metricsNames(): string[] {
    return this.#inOrder(Object.keys(this.getMetricsResult()));
  }

  metricDirection(name: string): 'up' | 'down' | undefined {
    return (this.#objectives?.find(name) ?? this.metrics.find(metric => metric.name === name))?.direction;
  }

  resetMetrics(): void {
    for (const metric of this.metrics) metric.resetState();
  }

  // ---- Steps, which models may replace -------------------------------------------------------------------------------

  /** The loss of a batch, regularization and added losses included. */
  computeLoss(
    _x: Structure<Tensor | null>,
    y: Structure<Tensor | null> | null,
    yPred: Structure<Tensor>,
    sampleWeight: Structure<Tensor | null> | null = null,
    _training = true,
  ): Tensor {
    const parts: Tensor[] = [];
    if (this.#objectives) {
      const predictions = flatten<Tensor>(yPred);
      this.#matchOutputs(y, yPred);
      const loss = this.#objectives.loss(y, predictions, sampleWeight);
      if (loss) parts.push(loss);
    }
    parts.push(...this.losses.map(loss => (loss.rank === 0 ? cast(loss, 'float32') : sum(cast(loss, 'float32')))));
    if (parts.length === 0) {
      throw new ValueError(
        `Model "${this.name}" has no loss to compute. Pass a loss to compile(), or call addLoss() in a layer.`,
      );
    }
    return parts.reduce((a, b) => add(a, b));
  }

  /** Takes a batch into the metrics given to `compile`, and gives all results. */
  computeMetrics(
    _x: Structure<Tensor | null>,
    y: Structure<Tensor | null> | null,
    yPred: Structure<Tensor>,
    sampleWeight: Structure<Tensor | null> | null = null,
  ): { [name: string]: Tensor } {
    if (this.#objectives) {
      this.#matchOutputs(y, yPred);
      this.#objectives.update(y, flatten<Tensor>(yPred), sampleWeight);
    }
    return this.getMetricsResult();
  }

  /** The results of all metrics by name. */
  getMetricsResult(): { [name: string]: Tensor } {
    const results: { [name: string]: Tensor } = {};
    const compiled = new Set<Metric>(this.#objectives?.metrics ?? []);
    for (const metric of this.metrics) {
      if (metric === this.#lossTracker)
        Object.assign(results, { loss: metric.result(), ...this.#objectives?.results() });
      else if (!compiled.has(metric)) results[metric.name] = metric.result();
    }
    return results;
  }

  /** One training step on a batch; gives the values for the logs. Everything in it becomes one program. */
  trainStep(data: StepData): { [name: string]: Tensor } {
    const [x, y, sampleWeight] = data;
    const yPred = this.#callOn(x, true);
    const loss = this.computeLoss(x, y, yPred, sampleWeight, true);
    this.#lossTracker.updateState(loss, batchSizeOf(x));
    const { optimizer } = this;
    const variables = this.trainableVariables;
    if (optimizer && variables.length > 0) {
      optimizer.apply(gradients([optimizer.scaleLoss(loss)], variables), variables);
    }
    return this.computeMetrics(x, y, yPred, sampleWeight);
  }

  /** One evaluation step on a batch. */
  testStep(data: StepData): { [name: string]: Tensor } {
    const [x, y, sampleWeight] = data;
    const yPred = this.#callOn(x, false);
    this.#lossTracker.updateState(this.computeLoss(x, y, yPred, sampleWeight, false), batchSizeOf(x));
    return this.computeMetrics(x, y, yPred, sampleWeight);
  }

  /** The outputs for a batch. */
  predictStep(data: StepData): Structure<Tensor> {
    return this.#callOn(data[0], false);
  }

  // ---- Fit, evaluate, predict ----------------------------------------------------------------------------------------

  /** Trains for a number of epochs. x: arrays, one or a list or a dict of them, or something that gives batches. */
  async fit(x: Source, y?: unknown, options: FitOptions = {}): Promise<History> {
    const { targets, options: given } = withTargets(x, y, options);
    this.#requireCompiled('fit');
    checkOptions('fit', given);
    return this.#runs.during('fit', run => this.#fit(run, x, targets, given));
  }

  async #fit(run: Run, x: Source, y: unknown, options: FitOptions): Promise<History> {
    const { epochs = 1, verbose = 'auto', callbacks, initialEpoch = 0, validationFreq = 1 } = options;
    const inspect = (parts: Parts<Column>) => this.#objectives?.checkTargets(parts.y);
    const { batches, validation, validationArrays } = fitData(x, y, options, this.#ports(), inspect);
    await ready();
    const first = await batches.peek();
    const known = this.built && this.#objectives!.matched;
    this.#buildFor(first, true);
    // Keras has then drawn the order of one pass.
    if (!known && batches instanceof ArrayBatches) batches.drawOrder();
    if (validation instanceof ArrayBatches) this.#tryOn(validation.peek());
    // Now that it is known what the targets have to be.
    for (const each of [batches, validation]) if (each instanceof ArrayBatches) inspect(each.parts);
    const list = this.#callbackList(callbacks, verbose, epochs, batches.steps, true);
    run.callbacks = list;
    for (const callback of list.callbacks) callback.setValidationData(validationArrays);
    this.stopTraining = false;
    this.resumeEpoch = null;
    await list.onTrainBegin();
    let logs: AnyLogs = {};
    try {
      for (let epoch = this.resumeEpoch ?? initialEpoch; epoch < epochs; epoch++) {
        this.resetMetrics();
        await list.onEpochBegin(epoch);
        logs = await this.#countEpoch('train', batches, list, run);
        if (validation && validates(epoch, validationFreq)) {
          const values = await this.#evaluateOn(validation, list, run);
          logs = {
            ...logs,
            ...Object.fromEntries(Object.entries(values).map(([name, value]) => [`val_${name}`, value])),
          };
        }
        await list.onEpochEnd(epoch, logs);
        if (this.stopTraining) break;
      }
    } finally {
      if (epochs > initialEpoch) this.optimizer?.finalizeVariableValues(this.weights);
    }
    await list.onTrainEnd(logs);
    return list.history!;
  }

  /** The loss and the metrics on test data: a list in the order of `metricsNames`, or just the loss if there is nothing else. */
  async evaluate(x: Source, y: unknown, options: EvaluateOptions & { returnDict: true }): Promise<Logs>;
  async evaluate<R = number[]>(x: Source, y?: unknown, options?: EvaluateOptions): Promise<R>;
  async evaluate(x: Source, y?: unknown, options: EvaluateOptions = {}): Promise<unknown> {
    const { targets, options: given } = withTargets(x, y, options);
    this.#requireCompiled('evaluate');
    checkOptions('evaluate', given);
    const logs = await this.#runs.during('evaluate', run => this.#evaluate(run, x, targets, given));
    return given.returnDict ? logs : this.#flattened(logs);
  }

  async #evaluate(run: Run, x: Source, y: unknown, options: EvaluateOptions): Promise<AnyLogs> {
    const { batchSize = null, verbose = 'auto', sampleWeight = null, steps = null, callbacks } = options;
    const inspect = (parts: Parts<Column>) => this.#objectives?.checkTargets(parts.y);
    const batches = batchesOf(x, y, sampleWeight, this.#ports(), { batchSize, steps }, inspect);
    await ready();
    this.#buildFor(await batches.peek(), true);
    if (batches instanceof ArrayBatches) inspect(batches.parts);
    const list = this.#callbackList(callbacks, verbose, 1, batches.steps, false);
    run.callbacks = list;
    const restore = this.#keepMetrics(run.outer !== null);
    try {
      return await this.#evaluateOn(batches, list, run);
    } finally {
      restore();
    }
  }

  /** The outputs for all inputs, batch by batch: a tensor, or a list or dict of them as the model has outputs. */
  async predict<R extends Structure<Tensor> = Tensor>(
    x: Source,
    options: Omit<EvaluateOptions, 'sampleWeight' | 'returnDict'> = {},
  ): Promise<R> {
    checkOptions('predict', options);
    const { batchSize = null, verbose = 'auto', steps = null, callbacks } = options;
    const batches = batchesOf(x, null, null, this.#ports(), { batchSize, steps });
    this.#buildFor(await batches.peek(), false);
    const list = this.#callbackList(callbacks, verbose, 1, batches.steps, false);
    this.stopPredicting = false;
    await list.onBegin('predict');
    const chunks: Tensor[][] = [];
    const outputsOf = (tensors: readonly Tensor[]) => pack(this.#predictions!.like, tensors);
    await this.#runEpoch('predict', batches, list, {
      after: (step, count) => {
        const outputs = step.outputs();
        chunks.push(outputs);
        return list.predictBatchEnd(count, () => outputsOf(outputs));
      },
    });
    await list.onEnd('predict');
    if (chunks.length === 0) throw new ValueError('predict: the data gave no batches.');
    return outputsOf(chunks[0]!.map((_, i) => concatenateRows(chunks.map(chunk => chunk[i]!)))) as R;
  }

  /** One training step on one batch, now. Gives the loss and the metrics of this batch. */
  trainOnBatch<R = number[]>(x: Source, y?: unknown, options: OnBatchOptions = {}): R {
    this.#requireCompiled('trainOnBatch');
    checkOptions('trainOnBatch', options);
    const { sampleWeight, classWeight, returnDict = false } = options;
    this.#runs.check('trainOnBatch');
    return this.#onBatch(
      'train',
      withClassWeight(parseParts(x, y, sampleWeight, this.#ports()), classWeight ?? null),
      returnDict,
    ) as R;
  }

  /** The loss and the metrics of one batch, now. */
  testOnBatch<R = number[]>(x: Source, y?: unknown, options: Omit<OnBatchOptions, 'classWeight'> = {}): R {
    this.#requireCompiled('testOnBatch');
    checkOptions('testOnBatch', options);
    const { sampleWeight, returnDict = false } = options;
    this.#runs.check('testOnBatch');
    return this.#onBatch('test', parseParts(x, y, sampleWeight, this.#ports()), returnDict) as R;
  }

  /** The outputs for one batch, now. */
  predictOnBatch<R extends Structure<Tensor> = Tensor>(x: Source): R {
    const batches = wholeBatch(parseParts(x, null, null, this.#ports()));
    this.#buildFor(batches.peek(), false);
    const outputs = this.#runStep('predict', batches.next() as Feed).outputs();
    return pack(this.#predictions!.like, outputs) as R;
  }

  /**
   * The compiled programs, by the way of running and the arrays of a batch, such as `train float32[32,784] int32[32]`;
   * `metrics` reads the metrics. Empty before the first batch. `String(program)` lists the instructions, and
   * `program.profile()` runs them one by one and says how long each took.
   */
  programs(): Map<string, Program> {
    return this.#steps.programs();
  }

  /**
   * Gives back at once the memory of the weights, the optimizer's state, the metrics and the compiled programs. Nobody
   * has to call it: the same happens some time after the model is out of reach. What needs the weights afterwards, such
   * as another model with the same layers, throws.
   */
  override dispose(): void {
    this.#steps.clear();
    super.dispose();
    const { metrics, optimizer } = this;
    for (const { variables } of [...metrics, ...(optimizer ? [optimizer] : [])]) {
      for (const variable of variables) variable.dispose();
    }
  }

  // ---- Loops -----------------------------------------------------------------------------------------------------------

  /** Counts all batches of an epoch; gives the values at its end. */
  async #countEpoch(mode: 'train' | 'test', batches: Batches, list: CallbackList, run: Run): Promise<AnyLogs> {
    const last = await this.#runEpoch(mode, batches, list, {
      before: () => this.#runs.checkTurn(run),
      after: (step, count) => list.batchEnd(mode, count, () => this.#readLogs(step)),
    });
    if (last) {
      this.#runs.checkTurn(run);
      return this.#readLogs(last);
    }
    if (mode === 'train') this.stopTraining = true;
    return {};
  }

  /** Runs all batches of an epoch; gives the step that ran last, null if there was none. */
  async #runEpoch(mode: Mode, batches: Batches, list: CallbackList, hooks: BatchHooks): Promise<Step | null> {
    batches.begin();
    let step: Step | null = null;
    for (let count = 0; ; count++) {
      let feed = batches.next();
      if (feed instanceof Promise) feed = await feed;
      if (!feed) return step;
      const begin = list.batchBegin(mode, count);
      if (begin) await begin;
      // Compiling the step may take as long as many steps.
      this.#stepFor(mode, feed.signature);
      let breath = this.#breathe();
      if (breath) await breath;
      hooks.before?.();
      step = this.#runStep(mode, feed);
      const end = hooks.after(step, count);
      if (end) await end;
      if (mode === 'train' ? this.stopTraining : mode === 'test' ? this.stopEvaluating : this.stopPredicting)
        return step;
      breath = this.#breathe();
      if (breath) await breath;
    }
  }

  /** Lets other tasks have their turn if they have waited for long. */
  #breathe(): Promise<void> | undefined {
    if (performance.now() - this.#lastBreath <= BREATH) return undefined;
    return platform.breathe().then(() => {
      this.#lastBreath = performance.now();
    });
  }

  async #evaluateOn(batches: Batches, list: CallbackList, run: Run): Promise<AnyLogs> {
    this.stopEvaluating = false;
    batches.reset();
    await list.onBegin('test');
    this.resetMetrics();
    const logs = await this.#countEpoch('test', batches, list, run);
    await list.onEnd('test', logs);
    return logs;
  }

  #onBatch(mode: 'train' | 'test', parts: Parts<Column>, returnDict: boolean): unknown {
    const batches = wholeBatch(parts);
    this.#buildFor(batches.peek(), true);
    this.#objectives?.checkTargets(parts.y);
    const restore = this.#keepMetrics(this.#runs.nested);
    this.resetMetrics();
    const logs = this.#readLogs(this.#runStep(mode, batches.next() as Feed));
    restore();
    return returnDict ? logs : this.#flattened(logs);
  }

  /** Gives a function that puts the metrics back where they are now: a run that waits for this one goes on counting. */
  #keepMetrics(isNeeded: boolean): () => void {
    const variables = isNeeded ? this.metrics.flatMap(metric => metric.variables) : [];
    const kept = variables.map(variable => [variable, variable.read()] as const);
    return () => {
      for (const [variable, data] of kept) variable.write(data);
    };
  }

  // ---- Programs --------------------------------------------------------------------------------------------------------

  #runStep(mode: Mode, feed: Feed): Step {
    const step = this.#stepFor(mode, feed.signature);
    step.run(feed);
    return step;
  }

  /** The step for batches of a signature, compiled now unless it has been before. */
  #stepFor(mode: Mode, signature: Signature): Step {
    return this.#steps.step(mode, signature, () => this.#makeStep(mode, signature));
  }

  /** When other tasks last had their turn: short epochs must not keep them waiting either. */
  #lastBreath = 0;
  #makeStep(mode: Mode, signature: Signature): Step {
    const own =
      mode === 'train' ? this.trainStep !== Trainer.prototype.trainStep : this.testStep !== Trainer.prototype.testStep;
    const run = (data: StepData): StepResult => {
      if (mode === 'predict') {
        const outputs = this.predictStep(data);
        this.#predictions = { like: outputs };
        return { tensors: flatten<Tensor>(outputs), names: null };
      }
      const values = mode === 'train' ? this.trainStep(data) : this.testStep(data);
      // Metrics are read by a program of their own, only when somebody wants to know; values of a model's own step are not.
      return own
        ? { tensors: Object.values(values).map(value => asTensor(value)), names: Object.keys(values) }
        : { tensors: [], names: null };
    };
    if (this.runEagerly) return eagerStep(data => this.#asCompiled(() => run(data)));
    return this.#asCompiled(() => compiledStep(signature, run));
  }

  /** The values of all metrics, or of the model's own step, as numbers. */
  #readLogs(step: Step): AnyLogs {
    return step.logs() ?? this.#steps.read(() => this.getMetricsResult());
  }

  /** Makes weights, losses and metrics ready for batches of a signature, and drops programs that are out of date. */
  #buildFor(signature: Signature, withTargets: boolean): void {
    const needsOutputs = withTargets && this.#objectives !== null && !this.#objectives.matched;
    if (this.hasCall && (!this.built || needsOutputs)) {
      // A trace is enough: weights are made as they are met, and shapes of outputs are known without computing anything.
      trace(() => {
        const data = standIns(signature, this.runEagerly);
        const yPred = this.#callOn(data[0], false);
        if (!needsOutputs) return;
        this.#matchOutputs(data[1], yPred);
        this.#measure(data, yPred);
      });
    }
    const { optimizer } = this;
    // Without a call, some weights may be made by the first step only, which then builds the optimizer.
    if (this.hasCall && withTargets && optimizer && !optimizer.built)
      this.#asCompiled(() => optimizer.build(this.trainableVariables));
    this.#dropOutdatedPrograms();
  }

  /** Evaluates on a stand-in for a batch, so that what does not fit is found out before anything is trained. */
  #tryOn(signature: Signature): void {
    if (!this.hasCall) return;
    trace(() => {
      const data = standIns(signature, this.runEagerly);
      this.keepingLosses(() => this.#measure(data, this.#callOn(data[0], false)));
    });
  }

  /** Loss and metrics, where the steps are Keras's own: models with steps of their own know what they compute. */
  #measure([x, y, sampleWeight]: StepData, yPred: Structure<Tensor>): void {
    if (this.trainStep !== Trainer.prototype.trainStep || this.testStep !== Trainer.prototype.testStep) return;
    this.computeLoss(x, y, yPred, sampleWeight, false);
    this.computeMetrics(x, y, yPred, sampleWeight);
  }

  #dropOutdatedPrograms(): void {
    const count = weightCount() + (this.optimizer?.version ?? 0);
    if (count === this.#weightCount) return;
    this.#weightCount = count;
    this.#steps.dependOn(`${this.optimizer?.version} ${this.weights.map(({ id }) => id)}`);
  }

  #asCompiled<T>(fn: () => T): T {
    return this.#trainableState ? this.#trainableState.during(fn) : fn();
  }

  // ---- Matching ----------------------------------------------------------------------------------------------------------

  #callOn(x: Structure<Tensor | null>, training: boolean): Structure<Tensor> {
    return this.invoke(x, { training }) as Structure<Tensor>;
  }

  /** Finds out once which losses and metrics belong to which output. */
  #matchOutputs(y: Structure<Tensor | null> | null, yPred: Structure<Tensor>): void {
    const names = this.outputPorts?.map(({ name }) => name) ?? (isDict(yPred) ? Object.keys(yPred).sort() : []);
    this.#objectives?.match(y, yPred, names);
  }

  #ports(): Ports {
    return { inputs: this.inputPorts, outputs: this.outputPorts };
  }

  #requireCompiled(method: string): void {
    if (!this.compiled) throw new ValueError(`You must call compile() before ${method}() on model "${this.name}".`);
  }

  #callbackList(
    callbacks: EvaluateOptions['callbacks'],
    verbose: number | boolean | 'auto',
    epochs: number,
    steps: number | null,
    history: boolean,
  ): CallbackList {
    const list = callbacks ? ([callbacks].flat(Infinity) as (Callback | CallbackHooks)[]) : [];
    const level = verbose === 'auto' ? (isInteractiveLoggingEnabled() ? 1 : 2) : Number(verbose);
    return new CallbackList(list, {
      model: this,
      verbose: level,
      epochs,
      steps,
      addHistory: history,
      addProgbar: level !== 0,
    });
  }

  /** Keras's order: the loss, the metrics given to `compile`, the losses of single outputs, then what is left by name. */
  #inOrder(names: readonly string[]): string[] {
    const known = [...new Set(this.metrics.map(({ name }) => name))].filter(name => names.includes(name));
    return [...known, ...names.filter(name => !known.includes(name)).sort()];
  }

  #flattened(logs: AnyLogs): unknown {
    const values = this.#inOrder(Object.keys(logs)).map(name => logs[name]!);
    return values.length === 1 ? values[0] : values;
  }
}

function batchSizeOf(x: Structure<Tensor | null>): number {
  return flatten<Tensor | null>(x).find(tensor => tensor !== null)?.shape[0] ?? 1;
}

function wholeBatch(parts: Parts<Column>): ArrayBatches {
  const batches = new ArrayBatches(parts, { steps: 1 });
  batches.begin();
  return batches;
}
