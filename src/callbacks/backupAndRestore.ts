// Lets a training that was interrupted go on where it was.

import { platform } from '#platform';
import { callable } from '../callable.js';
import { ValueError } from '../errors.js';
import { Callback } from './callback.js';
import { noOtherOptions } from './options.js';
import { SaveFrequency } from './saveFrequency.js';

export interface BackupAndRestoreOptions {
  /** 'epoch', or a number of batches. Default 'epoch'. */
  saveFreq?: 'epoch' | number;
  /** Keeps the backup before the last one, too, in case the last one is damaged. Default false. */
  doubleCheckpoint?: boolean;
  /** Removes the backup when training is finished. Default true. */
  deleteCheckpoint?: boolean;
}

class BackupAndRestoreCallback extends Callback {
  readonly backupDir: string;
  readonly doubleCheckpoint: boolean;
  readonly deleteCheckpoint: boolean;
  readonly #frequency: SaveFrequency;
  #epoch = 0;
  #batch = 0;

  constructor(
    backupDir: string | (BackupAndRestoreOptions & { backupDir: string }),
    options: BackupAndRestoreOptions = {},
  ) {
    super();
    const {
      backupDir: folder,
      saveFreq = 'epoch',
      doubleCheckpoint = false,
      deleteCheckpoint = true,
      ...rest
    } = typeof backupDir === 'object' ? backupDir : { ...options, backupDir };
    noOtherOptions('BackupAndRestore', rest, ['backupDir', 'saveFreq', 'doubleCheckpoint', 'deleteCheckpoint']);
    if (!folder) throw new ValueError('Empty `backupDir` argument passed');
    this.backupDir = folder;
    this.doubleCheckpoint = doubleCheckpoint;
    this.deleteCheckpoint = deleteCheckpoint;
    this.#frequency = new SaveFrequency(saveFreq);
  }

  get #weights(): string {
    return `${this.backupDir}/latest.weights.h5`;
  }

  get #metadata(): string {
    return `${this.backupDir}/training_metadata.json`;
  }

  override async onTrainBegin(): Promise<void> {
    this.#epoch = 0;
    this.#batch = 0;
    try {
      await this.#restore();
    } catch (error) {
      const [weights, metadata] = [`${this.#weights}.bkp`, `${this.#metadata}.bkp`];
      if (!(await platform.fileExists(weights))) throw error;
      await copy(weights, this.#weights);
      if (await platform.fileExists(metadata)) await copy(metadata, this.#metadata);
      else await platform.remove(this.#metadata);
      await this.#restore();
    }
  }

  override wantsBatchEnd(mode: 'train' | 'test' | 'predict'): boolean {
    return mode === 'train' && this.#frequency.countsBatches;
  }

  override async onTrainBatchEnd(batch: number): Promise<void> {
    this.#batch = batch;
    if (this.#frequency.afterBatch()) await this.#save();
  }

  override async onEpochEnd(epoch: number): Promise<void> {
    this.#epoch = epoch + 1;
    this.#batch = 0;
    if (!this.#frequency.countsBatches) await this.#save();
  }

  override async onTrainEnd(): Promise<void> {
    if (this.deleteCheckpoint) await platform.remove(this.backupDir);
  }

  async #restore(): Promise<void> {
    const { model } = this;
    if (await platform.fileExists(this.#weights)) {
      // The optimizer's slots must be there to be loaded.
      if (model.optimizer && !model.optimizer.built) model.optimizer.build(model.trainableWeights);
      await model.loadWeights(this.#weights);
    }
    if (await platform.fileExists(this.#metadata)) {
      const text = new TextDecoder().decode(await platform.readFile(this.#metadata));
      const { epoch } = JSON.parse(text) as { epoch: number };
      model.resumeEpoch = epoch;
      this.#epoch = epoch;
    }
  }

  async #save(): Promise<void> {
    if (this.doubleCheckpoint) {
      for (const path of [this.#weights, this.#metadata])
        if (await platform.fileExists(path)) await copy(path, `${path}.bkp`);
    }
    await this.model.saveWeights(this.#weights);
    const metadata = JSON.stringify({ epoch: this.#epoch, batch: this.#batch });
    await platform.writeFile(this.#metadata, new TextEncoder().encode(metadata));
  }
}

async function copy(from: string, to: string): Promise<void> {
  await platform.writeFile(to, await platform.readFile(from));
}

/**
 * Backs the weights and the optimizer's state up while training, and goes on from there if `fit` is called again after
 * an interruption: `BackupAndRestore('/tmp/backup')`.
 */
export const BackupAndRestore = callable(BackupAndRestoreCallback);
