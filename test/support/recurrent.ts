// LSTM, GRU and simple RNN as plain loops in double precision, one number after the other: the reference of the tests.

export type Cell = 'lstm' | 'gru' | 'gruBefore' | 'simpleRnn';
export type Gate = 'linear' | 'sigmoid' | 'tanh' | 'hard_sigmoid' | 'relu';

export const gateCount: Readonly<Record<Cell, number>> = { lstm: 4, gru: 3, gruBefore: 3, simpleRnn: 1 };

type Numbers = ArrayLike<number>;

export interface Sizes {
  readonly batch: number;
  readonly time: number;
  readonly units: number;
}

/** What a recurrent pass reads; layouts as in assembly/recurrent. */
export interface Values {
  readonly xz: Numbers;
  readonly recurrent: Numbers;
  readonly h0: Numbers;
  readonly c0: Numbers;
  /** Recurrent bias of a GRU with the reset gate after the product. */
  readonly bias?: Numbers | undefined;
  readonly mask?: Numbers | undefined;
  readonly dropMask?: Numbers | undefined;
}

export interface Options {
  readonly reverse?: boolean | undefined;
  readonly activation?: Gate | undefined;
  readonly recurrentActivation?: Gate | undefined;
}

export interface Result {
  readonly sequence: Float64Array;
  readonly h: Float64Array;
  readonly c: Float64Array;
}

const functions: Readonly<Record<Gate, (x: number) => number>> = {
  linear: x => x,
  sigmoid: x => 1 / (1 + Math.exp(-x)),
  tanh: Math.tanh,
  hard_sigmoid: x => Math.min(Math.max(x + 3, 0), 6) / 6,
  relu: x => Math.max(x, 0),
};

export function recurrentReference(
  cell: Cell,
  { batch, time, units }: Sizes,
  values: Values,
  options: Options = {},
): Result {
  const { xz, recurrent, bias, mask, dropMask } = values;
  const act = functions[options.activation ?? 'tanh'];
  const gate = functions[options.recurrentActivation ?? 'sigmoid'];
  const gates = gateCount[cell];
  const h = Float64Array.from(values.h0);
  const c = Float64Array.from(values.c0);
  const sequence = new Float64Array(batch * time * units);
  for (let b = 0; b < batch; b++) {
    for (let step = 0; step < time; step++) {
      const at = b * time + (options.reverse ? time - 1 - step : step);
      const x = (g: number, j: number) => xz[(at * gates + g) * units + j]!;
      /** Element j of gate g of (state ⊙ mask of the gate) · U. */
      const inner = (g: number, j: number, state: (k: number) => number) => {
        let sum = bias ? bias[g * units + j]! : 0;
        for (let k = 0; k < units; k++) {
          const keep = dropMask ? dropMask[(g * batch + b) * units + k]! : 1;
          sum += state(k) * keep * recurrent[(k * gates + g) * units + j]!;
        }
        return sum;
      };
      const old = h.slice(b * units, (b + 1) * units);
      const state = (k: number) => old[k]!;
      const isGru = cell !== 'simpleRnn' && cell !== 'lstm';
      const resets = Float64Array.from({ length: isGru ? units : 0 }, (_, k) => gate(x(1, k) + inner(1, k, state)));
      const newH = new Float64Array(units);
      const newC = new Float64Array(units);
      for (let j = 0; j < units; j++) {
        if (cell === 'simpleRnn') newH[j] = act(x(0, j) + inner(0, j, state));
        else if (cell === 'lstm') {
          const [i, f, , o] = [0, 1, 2, 3].map(g => gate(x(g, j) + inner(g, j, state)));
          newC[j] = f! * c[b * units + j]! + i! * act(x(2, j) + inner(2, j, state));
          newH[j] = o! * act(newC[j]!);
        } else {
          const z = gate(x(0, j) + inner(0, j, state));
          const candidate =
            cell === 'gru'
              ? act(x(2, j) + resets[j]! * inner(2, j, state))
              : act(x(2, j) + inner(2, j, k => resets[k]! * state(k)));
          newH[j] = z * old[j]! + (1 - z) * candidate;
        }
      }
      if (!mask || mask[at]) {
        h.set(newH, b * units);
        c.set(newC, b * units);
      }
      sequence.set(h.subarray(b * units, (b + 1) * units), (b * time + step) * units);
    }
  }
  return { sequence, h, c };
}
