// Saves the model while it is being trained.

import { platform } from '#platform';
import { callable } from '../callable.js';
import { ValueError } from '../errors.js';
import type { Logs } from './callback.js';
import { MonitorCallback, type MonitorOptions } from './monitor.js';

export interface ModelCheckpointOptions extends MonitorOptions {
  /** 1 says what happens. Default 0. */
  verbose?: number;
  /** Saves only when the monitored value has improved. Default false. */
  saveBestOnly?: boolean;
  /** Saves weights, to a `.weights.h5` file. Default false: the whole model, to a `.keras` or `.h5` file. */
  saveWeightsOnly?: boolean;
  /** 'epoch', or the number of batches between two savings. Default 'epoch'. */
  saveFreq?: 'epoch' | number;
  /** Values that are not better than this do not count as improvements. Default null. */
  initialValueThreshold?: number | null;
}

class ModelCheckpointCallback extends MonitorCallback {
  readonly filepath: string;
  readonly saveBestOnly: boolean;
  readonly saveWeightsOnly: boolean;
  readonly saveFreq: 'epoch' | number;
  readonly verbose: number;
  best: number | null;
  #epoch = 0;
  #batches = 0;

  constructor(
    filepath: string,
    {
      verbose = 0,
      saveBestOnly = false,
      saveWeightsOnly = false,
      saveFreq = 'epoch',
      initialValueThreshold = null,
      ...options
    }: ModelCheckpointOptions = {},
  ) {
    super(options, 'ModelCheckpoint');
    if (saveFreq !== 'epoch' && !(Number.isInteger(saveFreq) && saveFreq > 0)) {
      throw new ValueError(
        `ModelCheckpoint: expected saveFreq to be 'epoch' or a number of batches. Received: ${saveFreq}.`,
      );
    }
    const endings = saveWeightsOnly ? ['.weights.h5'] : ['.keras', '.h5'];
    if (!endings.some(ending => filepath.endsWith(ending))) {
      throw new ValueError(
        `ModelCheckpoint: expected a path that ends in ${endings.join(' or ')}. Received: ${filepath}.`,
      );
    }
    this.filepath = filepath;
    this.saveBestOnly = saveBestOnly;
    this.saveWeightsOnly = saveWeightsOnly;
    this.saveFreq = saveFreq;
    this.verbose = verbose;
    this.best = initialValueThreshold;
  }

  override onEpochBegin(epoch: number): void {
    this.#epoch = epoch;
  }

  override wantsBatchEnd(): boolean {
    return this.saveFreq !== 'epoch' && ++this.#batches >= this.saveFreq;
  }

  override async onTrainBatchEnd(batch: number, logs: Logs = {}): Promise<void> {
    this.#batches = 0;
    await this.#save(this.#epoch, logs, batch);
  }

  override async onEpochEnd(epoch: number, logs: Logs = {}): Promise<void> {
    if (this.saveFreq === 'epoch') await this.#save(epoch, logs, null);
  }

  async #save(epoch: number, logs: Logs, batch: number | null): Promise<void> {
    const path = this.#path({ ...logs, epoch: epoch + 1, ...(batch !== null && { batch: batch + 1 }) });
    if (!this.#shouldSave(epoch, logs, path)) return;
    const save = this.saveWeightsOnly ? this.model.saveWeights : this.model.save;
    if (!save) throw new ValueError(`ModelCheckpoint: model "${this.model.name}" cannot be saved.`);
    await save.call(this.model, path);
  }

  #shouldSave(epoch: number, logs: Logs, path: string): boolean {
    const say = (text: string) => this.verbose > 0 && platform.write(`\nEpoch ${epoch + 1}: ${text}\n`);
    if (!this.saveBestOnly) {
      say(`saving model to ${path}`);
      return true;
    }
    const current = this.monitored(logs, 'Saving the best model is');
    if (current === null) return true;
    const before = this.best === null ? 'None' : this.best.toFixed(5);
    if (!this.isImprovement(current, this.best)) {
      say(`${this.monitor} did not improve from ${before}`);
      return false;
    }
    say(`${this.monitor} improved from ${before} to ${current.toFixed(5)}, saving model to ${path}`);
    this.best = current;
    return true;
  }

  /** The path with `{epoch:02d}`, `{val_loss:.2f}` and the like filled in, as Python formats them. */
  #path(values: Logs): string {
    return this.filepath.replace(/\{(\w+)(?::([^}]*))?\}/g, (_, name: string, format = '') => {
      const value = values[name];
      if (typeof value !== 'number') {
        throw new ValueError(
          `ModelCheckpoint: "${this.filepath}" names ${name}, which is not there. Available: ${Object.keys(values).join(', ')}.`,
        );
      }
      const [, fill = '', width = '0', digits] = /^(0?)(\d*)(?:\.(\d+))?[df]?$/.exec(format) ?? [];
      const text = digits === undefined ? String(value) : value.toFixed(Number(digits));
      return text.padStart(Number(width), fill === '0' ? '0' : ' ');
    });
  }
}

/** `ModelCheckpoint('model-{epoch:02d}-{val_loss:.2f}.keras', { saveBestOnly: true })`. */
export const ModelCheckpoint = callable(ModelCheckpointCallback);
