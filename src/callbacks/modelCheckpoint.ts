// Saves the model, or its weights, while it is trained.

import { platform } from '#platform';
import { callable } from '../callable.js';
import { ValueError } from '../errors.js';
import { fixed } from '../numberText.js';
import type { AnyLogs } from './callback.js';
import { fillPattern } from './filePattern.js';
import { MonitorCallback, type MonitorOptions } from './monitor.js';
import { SaveFrequency } from './saveFrequency.js';

export interface ModelCheckpointOptions extends Omit<MonitorOptions, 'minDelta'> {
  /** 1 says what happens. Default 0. */
  verbose?: number;
  /** Saves only when `monitor` is better than ever before. Default false. */
  saveBestOnly?: boolean;
  /** Saves the weights instead of the whole model. Default false. */
  saveWeightsOnly?: boolean;
  /** 'epoch', or a number of batches. Default 'epoch'. */
  saveFreq?: 'epoch' | number;
  /** With `saveBestOnly`: what `monitor` must be better than to be saved at all. Default null. */
  initialValueThreshold?: number | null;
  /** Keras 2: saves only every so many epochs. Default 1. */
  period?: number;
}

class ModelCheckpointCallback extends MonitorCallback {
  readonly filepath: string;
  readonly verbose: number;
  readonly saveBestOnly: boolean;
  readonly saveWeightsOnly: boolean;
  readonly period: number;
  best: number | null;
  readonly #frequency: SaveFrequency;
  #epoch = 0;
  #epochsSinceSaving = 0;

  constructor(
    filepath: string | (ModelCheckpointOptions & { filepath: string }),
    options: ModelCheckpointOptions = {},
  ) {
    const { filepath: path, ...given } = typeof filepath === 'object' ? filepath : { ...options, filepath };
    const {
      verbose = 0,
      saveBestOnly = false,
      saveWeightsOnly = false,
      saveFreq = 'epoch',
      initialValueThreshold = null,
      period = 1,
      ...monitor
    } = given;
    super(monitor, 'ModelCheckpoint', [
      ...['verbose', 'saveBestOnly', 'saveWeightsOnly', 'saveFreq', 'initialValueThreshold', 'period'],
    ]);
    if (typeof path !== 'string')
      throw new ValueError(`ModelCheckpoint: expected the path of a file as filepath. Received: ${String(path)}.`);
    checkExtension(path, saveWeightsOnly);
    this.filepath = path;
    this.verbose = verbose;
    this.saveBestOnly = saveBestOnly;
    this.saveWeightsOnly = saveWeightsOnly;
    this.period = period;
    this.best = initialValueThreshold;
    this.#frequency = new SaveFrequency(saveFreq);
  }

  override wantsBatchEnd(mode: 'train' | 'test' | 'predict'): boolean {
    return mode === 'train' && this.#frequency.countsBatches;
  }

  override async onTrainBatchEnd(batch: number, logs: AnyLogs = {}): Promise<void> {
    if (this.#frequency.afterBatch()) await this.#save(logs, { epoch: this.#epoch + 1, batch: batch + 1 });
  }

  override onEpochBegin(epoch: number): void {
    this.#epoch = epoch;
  }

  override async onEpochEnd(epoch: number, logs: AnyLogs = {}): Promise<void> {
    if (this.#frequency.countsBatches || ++this.#epochsSinceSaving < this.period) return;
    this.#epochsSinceSaving = 0;
    await this.#save(logs, { epoch: epoch + 1 });
  }

  async #save(logs: AnyLogs, counts: { readonly epoch: number; readonly batch?: number }): Promise<void> {
    const path = fillPattern(this.filepath, counts, logs);
    const say = (text: string): void => {
      if (this.verbose > 0) platform.write(`\nEpoch ${counts.epoch}: ${text}\n`);
    };
    if (!this.#shouldSave(logs, path, say)) return;
    try {
      if (this.saveWeightsOnly) await this.model.saveWeights(path);
      else await this.model.save(path);
    } catch (error) {
      if (/EISDIR|is a directory/i.test(String(error))) {
        throw new Error(
          `Please specify a non-directory filepath for ModelCheckpoint. Filepath used is an existing directory: ${path}`,
        );
      }
      throw error;
    }
    say(`finished saving model to ${path}`);
  }

  #shouldSave(logs: AnyLogs, path: string, say: (text: string) => void): boolean {
    const { monitor, best } = this;
    if (!this.saveBestOnly) {
      say(`saving model to ${path}`);
      return true;
    }
    const current = logs[monitor];
    if (typeof current !== 'number') {
      console.warn(
        current === undefined
          ? `Can save best model only with ${monitor} available.`
          : `Can save best model only when \`monitor\` is a scalar value. Received: ${current}. Falling back to saveBestOnly: false.`,
      );
      return true;
    }
    const before = best === null ? 'None' : fixed(best, 5);
    if (!this.isImprovement(current, best)) {
      say(`${monitor} did not improve from ${before}`);
      return false;
    }
    say(`${monitor} improved from ${before} to ${fixed(current, 5)}, saving model to ${path}`);
    this.best = current;
    return true;
  }
}

function checkExtension(path: string, weightsOnly: boolean): void {
  if (weightsOnly && !path.endsWith('.weights.h5')) {
    throw new ValueError(
      'When using `saveWeightsOnly: true` in `ModelCheckpoint`, the filepath provided must end in `.weights.h5` ' +
        `(Keras weights format). Received: filepath=${path}`,
    );
  }
  if (!weightsOnly && !/\.(keras|h5|hdf5)$/.test(path)) {
    throw new ValueError(
      `The filepath provided must end in \`.keras\` (Keras model format). Received: filepath=${path}`,
    );
  }
}

/**
 * Saves the model at the end of each epoch: `ModelCheckpoint('best.keras', { monitor: 'val_loss', saveBestOnly: true })`.
 * The path may name what was measured: `weights.{epoch:02d}-{val_loss:.2f}.keras`; epochs and batches count from 1.
 */
export const ModelCheckpoint = callable(ModelCheckpointCallback);
