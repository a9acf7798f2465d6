// Writes what TensorBoard shows: losses and metrics, the model's graph, histograms and pictures of weights, embeddings.

import { platform } from '#platform';
import { callable } from '../callable.js';
import { ValueError } from '../errors.js';
import { Embedding } from '../layers/core/embedding.js';
import type { Layer } from '../layers/layer.js';
import { type AnyLogs, Callback } from './callback.js';
import { EventFile } from './events/eventFile.js';
import type { Message } from './events/protobuf.js';
import { histogram, images, kerasModel, scalar } from './events/summary.js';
import { picturesOf } from './events/weightImage.js';
import { currentLearningRate } from './learningRateScheduler.js';
import { noOtherOptions, wholeNumbers } from './options.js';

export interface TensorBoardOptions {
  /** The folder: TensorBoard is given it as `--logdir`. Default 'logs'. */
  logDir?: string;
  /** Writes histograms of all weights every so many epochs; 0 never. Default 0. */
  histogramFreq?: number;
  /** Writes the model's graph. Default true. */
  writeGraph?: boolean;
  /** Writes the weights as pictures, too, whenever histograms are written. Default false. */
  writeImages?: boolean;
  /** Writes how many steps a second takes. Default false. */
  writeStepsPerSecond?: boolean;
  /** 'epoch', 'batch', or every so many batches: how often losses and metrics of batches are written. Default 'epoch'. */
  updateFreq?: 'epoch' | 'batch' | number;
  /** There is no profiler to ask: only 0. */
  profileBatch?: 0;
  /** Writes the tables of all Embedding layers every so many epochs; 0 never. Default 0. */
  embeddingsFreq?: number;
  /** A file with a label per row of the tables: one for all, or by the layers' names. Paths are relative to `logDir`. */
  embeddingsMetadata?: string | { readonly [layer: string]: string } | null;
}

class TensorBoardCallback extends Callback {
  readonly logDir: string;
  readonly histogramFreq: number;
  readonly writeGraph: boolean;
  readonly writeImages: boolean;
  readonly writeStepsPerSecond: boolean;
  readonly updateFreq: 'epoch' | number;
  readonly embeddingsFreq: number;
  readonly embeddingsMetadata: string | { readonly [layer: string]: string } | null;
  #training: EventFile | null = null;
  #validation: EventFile | null = null;
  #isTraining = false;
  /** Batches trained so far. */
  #batch = 0;
  #batchBegin = 0;
  #epochBegin = { time: 0, iterations: 0 };

  constructor(logDir: string | TensorBoardOptions = {}, options: Omit<TensorBoardOptions, 'logDir'> = {}) {
    super();
    const {
      logDir: folder = 'logs',
      histogramFreq = 0,
      writeGraph = true,
      writeImages = false,
      writeStepsPerSecond = false,
      updateFreq = 'epoch',
      profileBatch = 0,
      embeddingsFreq = 0,
      embeddingsMetadata = null,
      ...rest
    }: TensorBoardOptions = typeof logDir === 'string' ? { ...options, logDir } : logDir;
    noOtherOptions('TensorBoard', rest, [
      ...['logDir', 'histogramFreq', 'writeGraph', 'writeImages', 'writeStepsPerSecond', 'updateFreq', 'profileBatch'],
      ...['embeddingsFreq', 'embeddingsMetadata'],
    ]);
    wholeNumbers('TensorBoard', { histogramFreq, embeddingsFreq });
    this.logDir = folder.replace(/(?<=.)\/+$/, '');
    this.histogramFreq = histogramFreq;
    this.writeGraph = writeGraph;
    this.writeImages = writeImages;
    this.writeStepsPerSecond = writeStepsPerSecond;
    this.updateFreq = updateFreq === 'batch' ? 1 : updateFreq;
    this.embeddingsFreq = embeddingsFreq;
    this.embeddingsMetadata = embeddingsMetadata;
    if (this.updateFreq !== 'epoch' && !(Number.isInteger(this.updateFreq) && this.updateFreq > 0)) {
      throw new ValueError(
        `TensorBoard: updateFreq must be 'epoch', 'batch' or a positive whole number. Received: ${String(updateFreq)}.`,
      );
    }
    if (profileBatch) {
      throw new ValueError(
        `TensorBoard: profiling is not available here. Received: profileBatch=${String(profileBatch)} (must be 0).`,
      );
    }
    // Batches cost nothing unless they are written.
    if (this.updateFreq !== 'epoch') this.onTrainBatchBegin = () => this.#beginBatch();
  }

  /** Values of training. The file is made when it is first needed. */
  get #train(): EventFile {
    this.#training ??= new EventFile(`${this.logDir}/train`);
    return this.#training;
  }

  get #test(): EventFile {
    this.#validation ??= new EventFile(`${this.logDir}/validation`);
    return this.#validation;
  }

  override async onTrainBegin(): Promise<void> {
    this.#training = null;
    this.#validation = null;
    this.#isTraining = true;
    this.#batch = 0;
    const { model } = this;
    if (this.writeGraph && ['Functional', 'Sequential'].includes(model.className)) await this.#writeModel();
    if (this.embeddingsFreq) await this.#configureProjector();
  }

  async #writeModel(): Promise<void> {
    let json: string;
    try {
      json = this.model.toJson();
    } catch (error) {
      console.warn(`Model failed to serialize as JSON. Ignoring... ${String(error)}`);
      return;
    }
    await this.#train.write(0, [kerasModel('keras', json)]);
    await this.#train.flush();
  }

  #beginBatch(): void {
    this.#batch++;
    this.#batchBegin = performance.now();
  }

  override wantsBatchEnd(mode: 'train' | 'test' | 'predict'): boolean {
    return mode === 'train' && this.updateFreq !== 'epoch' && this.#batch % this.updateFreq === 0;
  }

  override async onTrainBatchEnd(_batch: number, logs: AnyLogs = {}): Promise<void> {
    const values = scalars(logs, name => `batch_${name}`);
    if (this.writeStepsPerSecond) {
      values.unshift(scalar('batch_steps_per_second', 1000 / (performance.now() - this.#batchBegin)));
    }
    await this.#train.write(this.#batch, values);
  }

  override onEpochBegin(): void {
    if (this.writeStepsPerSecond) this.#epochBegin = { time: performance.now(), iterations: this.#iterations };
  }

  get #iterations(): number {
    return this.model.optimizer?.iterations.read()[0] ?? 0;
  }

  override async onEpochEnd(epoch: number, logs: AnyLogs = {}): Promise<void> {
    const isValidation = (name: string) => name.startsWith('val_');
    const training = Object.fromEntries(Object.entries(logs).filter(([name]) => !isValidation(name)));
    if (this.model.optimizer) training['learning_rate'] = currentLearningRate(this.model);
    if (this.writeStepsPerSecond) {
      const { time, iterations } = this.#epochBegin;
      training['steps_per_second'] = (1000 * (this.#iterations - iterations)) / (performance.now() - time);
    }
    await this.#train.write(
      epoch,
      scalars(training, name => `epoch_${name}`),
    );
    const validation = Object.fromEntries(Object.entries(logs).filter(([name]) => isValidation(name)));
    if (Object.keys(validation).length > 0) {
      await this.#test.write(
        epoch,
        scalars(validation, name => `epoch_${name.slice('val_'.length)}`),
      );
    }
    if (this.histogramFreq && epoch % this.histogramFreq === 0) await this.#writeWeights(epoch);
    if (this.embeddingsFreq && epoch % this.embeddingsFreq === 0) await this.#writeEmbeddings(epoch);
    await this.#flush();
  }

  override async onTestEnd(logs: AnyLogs = {}): Promise<void> {
    if (this.model.optimizer)
      await this.#test.write(
        this.#iterations,
        scalars(logs, name => `evaluation_${name}_vs_iterations`),
      );
    if (!this.#isTraining) await this.#flush();
  }

  override async onTrainEnd(): Promise<void> {
    this.#isTraining = false;
    await this.#flush();
  }

  async #flush(): Promise<void> {
    await this.#training?.flush();
    await this.#validation?.flush();
  }

  async #writeWeights(epoch: number): Promise<void> {
    for (const weight of this.model.layers.flatMap(layer => layer.weights)) {
      const elements = weight.read();
      const values = [histogram(`${weight.path}/histogram`, elements)];
      const pictures = this.writeImages ? await picturesOf(elements, weight.shape) : null;
      if (pictures) values.push(images(`${weight.path}/image`, pictures.width, pictures.height, pictures.pngs));
      await this.#train.write(epoch, values);
    }
  }

  get #embeddings(): Layer[] {
    return this.model.layers.filter(layer => layer instanceof Embedding);
  }

  /** Tells TensorBoard's projector where the tables are. */
  async #configureProjector(): Promise<void> {
    const { embeddingsMetadata: metadata } = this;
    const names = this.#embeddings.map(({ name }) => name);
    const unknown =
      typeof metadata === 'object' ? Object.keys(metadata ?? {}).filter(name => !names.includes(name)) : [];
    if (unknown.length > 0) {
      throw new ValueError(
        `Unrecognized \`Embedding\` layer names passed to TensorBoard's \`embeddingsMetadata\`: ${unknown.join(', ')}. ` +
          `The model has: ${names.join(', ') || 'none'}.`,
      );
    }
    const entries = names.map(name => {
      const file = typeof metadata === 'string' ? metadata : metadata?.[name];
      const fields = {
        tensor_name: `${name}/embeddings`,
        tensor_path: tableOf(name),
        ...(file && { metadata_path: file }),
      };
      const lines = Object.entries(fields).map(([field, value]) => `  ${field}: ${JSON.stringify(value)}\n`);
      return `embeddings {\n${lines.join('')}}\n`;
    });
    await platform.writeFile(`${this.logDir}/projector_config.pbtxt`, new TextEncoder().encode(entries.join('')));
  }

  /** Writes Keras's checkpoint of the epoch, and the tables as the projector reads them. */
  async #writeEmbeddings(epoch: number): Promise<void> {
    await this.model.saveWeights(`${this.logDir}/train/keras_embedding.ckpt-${epoch}.weights.h5`);
    for (const layer of this.#embeddings) {
      const [table] = layer.getWeights();
      const [rows, columns] = table!.shape as [number, number];
      const data = table!.data();
      const lines = Array.from({ length: rows }, (_, row) => data.slice(row * columns, (row + 1) * columns).join('\t'));
      await platform.writeFile(
        `${this.logDir}/${tableOf(layer.name)}`,
        new TextEncoder().encode(`${lines.join('\n')}\n`),
      );
    }
  }
}

/** The file of an embedding layer's table. */
function tableOf(layer: string): string {
  return `${layer}_embeddings.tsv`;
}

function scalars(logs: AnyLogs, tagOf: (name: string) => string): Message[] {
  return Object.entries(logs).flatMap(([name, value]) =>
    typeof value === 'number' ? [scalar(tagOf(name), value)] : [],
  );
}

/**
 * Writes event files for TensorBoard: `TensorBoard('logs', { histogramFreq: 1 })`, shown by `tensorboard --logdir logs`.
 * The folders `train` and `validation` are its two runs.
 */
export const TensorBoard = callable(TensorBoardCallback);
