// The recurrent layers with a cell of their own: SimpleRNN, LSTM, GRU.

import type { Config } from '../../config.js';
import { isDict } from '../../structure.js';
import { layer, layerWith } from '../define.js';
import { regularizer } from '../fields.js';
import { GRUCell, gruSchema, LSTMCell, lstmSchema, SimpleRNNCell, simpleRnnSchema } from './cells.js';
import { RnnLayer, rnnSchema } from './rnn.js';

// Options of Keras that choose between implementations: here there is one.
const choices = ['implementation', 'useCudnn', 'timeMajor'];

/** Constructor arguments without options that make no difference. */
function relevant<Args extends readonly unknown[]>(args: Args): Args {
  return args.map(arg =>
    isDict(arg) ? Object.fromEntries(Object.entries(arg).filter(([key]) => !choices.includes(key))) : arg,
  ) as unknown as Args;
}

/** The options of `schema` as `layer` has them, for its cell, which does not count among the layers of its class. */
function cellOptions<S extends object>(
  schema: S,
  layer: object,
  name: string,
): { [K in keyof S]: never } & { readonly name: string } {
  const fields = layer as { [key: string]: unknown };
  const options = Object.fromEntries(Object.keys(schema).map(key => [key, fields[key]]));
  return { ...(options as { [K in keyof S]: never }), name };
}

const shared = { ...rnnSchema, activityRegularizer: regularizer };

const SimpleOptions = layerWith(
  'SimpleRNN',
  { ...shared, ...simpleRnnSchema },
  ['units', 'activation', 'useBias'],
  RnnLayer,
);

class SimpleRNNLayer extends SimpleOptions {
  constructor(...args: ConstructorParameters<typeof SimpleOptions>) {
    super(...relevant(args));
    this.inputSpec = { ndim: 3 };
    this.cell = new SimpleRNNCell(cellOptions(simpleRnnSchema, this, 'simple_rnn_cell'));
  }

  override getConfig(): Config {
    // Keras forgets this one.
    const { seed: _seed, ...config } = super.getConfig();
    return config;
  }
}

/**
 * Fully connected recurrence over (batch, time, features): each output is activation(x · W + h · U + b), h the output
 * before. Returns the last output, (batch, units), or with returnSequences all of them.
 */
export const SimpleRNN = layer(SimpleRNNLayer);
export type SimpleRNN = SimpleRNNLayer;

const LstmOptions = layerWith(
  'LSTM',
  { ...shared, ...lstmSchema },
  ['units', 'activation', 'recurrentActivation'],
  RnnLayer,
);

class LSTMLayer extends LstmOptions {
  constructor(...args: ConstructorParameters<typeof LstmOptions>) {
    super(...relevant(args));
    this.inputSpec = { ndim: 3 };
    this.cell = new LSTMCell(cellOptions(lstmSchema, this, 'lstm_cell'));
  }
}

/** Long short-term memory over (batch, time, features). Hochreiter & Schmidhuber (1997). */
export const LSTM = layer(LSTMLayer);
export type LSTM = LSTMLayer;

const GruOptions = layerWith(
  'GRU',
  { ...shared, ...gruSchema },
  ['units', 'activation', 'recurrentActivation'],
  RnnLayer,
);

class GRULayer extends GruOptions {
  constructor(...args: ConstructorParameters<typeof GruOptions>) {
    super(...relevant(args));
    this.inputSpec = { ndim: 3 };
    this.cell = new GRUCell(cellOptions(gruSchema, this, 'gru_cell'));
  }
}

/** Gated recurrent unit over (batch, time, features). Cho et al. (2014). */
export const GRU = layer(GRULayer);
export type GRU = GRULayer;
