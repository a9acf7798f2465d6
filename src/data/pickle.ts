// Python's pickles, as far as data sets use them: lists, dicts, numbers, strings and NumPy's arrays. A pickle is a program
// for a small stack machine; nothing of it is ever called here, so that a file can do no harm.
// Source: Lib/pickletools.py of CPython describes the instructions, numpy/_core/src/multiarray/methods.c the arrays.

import { ValueError } from '../errors.js';

/** An array as its pickle has it. */
export class PickledArray {
  shape: readonly number[] = [];
  /** NumPy's name of the type, such as '<f8'; 'O8' for objects. */
  type = '';
  columnsFirst = false;
  /** The bytes of numbers, or the list of objects. */
  data: Uint8Array | readonly unknown[] = [];
}

/** NumPy's type of elements while it is put together. */
class PickledType {
  constructor(public name: string) {}
}

/** A name in some Python module. */
class Global {
  constructor(readonly name: string) {}
}

const latin1 = (bytes: Uint8Array): string => Array.from(bytes, byte => String.fromCharCode(byte)).join('');

/**
 * The object in a pickle: dicts as Maps, tuples as lists, bytes and Python 2's strings as Uint8Array (as keys: text).
 * `name` is for errors. @throws ValueError for objects of other kinds, and for damaged files
 */
export function parsePickle(bytes: Uint8Array, name: string): unknown {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = new TextDecoder();
  const memo: unknown[] = [];
  const marks: number[] = [];
  const stack: unknown[] = [];
  let at = 0;

  const take = (count: number): Uint8Array => {
    if (at + count > bytes.length) throw new ValueError(`${name} is cut off: it ends within a pickle.`);
    at += count;
    return bytes.subarray(at - count, at);
  };
  const byte = () => take(1)[0]!;
  const word = () => {
    take(4);
    return view.getUint32(at - 4, true);
  };
  const line = () => {
    const end = bytes.indexOf(10, at);
    const content = text.decode(take(Math.max(0, (end < 0 ? bytes.length : end) - at)));
    take(1);
    return content;
  };
  const sinceMark = () => stack.splice(marks.pop() ?? 0);
  const top = () => stack[stack.length - 1];
  const append = (items: readonly unknown[]) => {
    const list = top() as unknown[];
    for (const item of items) list.push(item);
  };
  const setItems = (items: readonly unknown[]) => {
    const dict = top() as Map<unknown, unknown>;
    for (let i = 0; i + 1 < items.length; i += 2) dict.set(keyOf(items[i]), items[i + 1]);
  };
  const last = (count: number) => stack.splice(stack.length - count);

  const instructions: { readonly [opcode: number]: () => void } = {
    128: () => void byte(), // PROTO
    149: () => void take(8), // FRAME
    40: () => void marks.push(stack.length), // MARK (
    48: () => void stack.pop(), // POP 0
    125: () => void stack.push(new Map()), // EMPTY_DICT }
    93: () => void stack.push([]), // EMPTY_LIST ]
    41: () => void stack.push([]), // EMPTY_TUPLE )
    116: () => void stack.push(sinceMark()), // TUPLE t
    133: () => void stack.push(last(1)), // TUPLE1
    134: () => void stack.push(last(2)), // TUPLE2
    135: () => void stack.push(last(3)), // TUPLE3
    97: () => append(last(1)), // APPEND a
    101: () => append(sinceMark()), // APPENDS e
    115: () => setItems(last(2)), // SETITEM s
    117: () => setItems(sinceMark()), // SETITEMS u
    78: () => void stack.push(null), // NONE N
    136: () => void stack.push(true), // NEWTRUE
    137: () => void stack.push(false), // NEWFALSE
    74: () => void stack.push(word() | 0), // BININT J
    75: () => void stack.push(byte()), // BININT1 K
    77: () => void stack.push(byte() + 256 * byte()), // BININT2 M
    138: () => void stack.push(longOf(take(byte()))), // LONG1
    // BINFLOAT G, the only number with its highest byte first
    71: () => {
      take(8);
      stack.push(view.getFloat64(at - 8));
    },
    84: () => void stack.push(take(word())), // BINSTRING T
    85: () => void stack.push(take(byte())), // SHORT_BINSTRING U
    66: () => void stack.push(take(word())), // BINBYTES B
    67: () => void stack.push(take(byte())), // SHORT_BINBYTES C
    // BINBYTES8
    142: () => {
      take(8);
      stack.push(take(Number(view.getBigUint64(at - 8, true))));
    },
    88: () => void stack.push(text.decode(take(word()))), // BINUNICODE X
    140: () => void stack.push(text.decode(take(byte()))), // SHORT_BINUNICODE
    104: () => void stack.push(memo[byte()]), // BINGET h
    106: () => void stack.push(memo[word()]), // LONG_BINGET j
    113: () => void (memo[byte()] = top()), // BINPUT q
    114: () => void (memo[word()] = top()), // LONG_BINPUT r
    148: () => void memo.push(top()), // MEMOIZE
    99: () => void stack.push(new Global(`${line()}.${line()}`)), // GLOBAL c
    147: () => void stack.push(new Global(last(2).join('.'))), // STACK_GLOBAL
    // REDUCE R
    82: () => {
      const [callee, args] = last(2) as [unknown, readonly unknown[]];
      stack.push(made(callee, args, name));
    },
    // BUILD b
    98: () => {
      const state = stack.pop();
      build(top(), state as readonly unknown[], name);
    },
  };

  for (;;) {
    const opcode = byte();
    if (opcode === 0x2e) return stack.pop(); // STOP .
    const instruction = instructions[opcode];
    if (!instruction) {
      throw new ValueError(
        `${name}: expected a pickle of lists, dicts, numbers and arrays. Received instruction ${opcode} at byte ${at - 1}: ` +
          'the file is damaged or of another kind.',
      );
    }
    instruction();
  }
}

/** What a call in a pickle stands for: the few that arrays are made with. */
function made(callee: unknown, args: readonly unknown[], name: string): unknown {
  const called = callee instanceof Global ? callee.name : '';
  if (/^numpy\.(core|_core)\.multiarray\._reconstruct$/.test(called)) return new PickledArray();
  if (called === 'numpy.dtype') return new PickledType(textOf(args[0]));
  // How Python 3 writes bytes for Python 2.
  if (called === '_codecs.encode') return Uint8Array.from(args[0] as string, letter => letter.charCodeAt(0));
  throw new ValueError(`Refusing to call \`${called}\` while loading ${name}. The file may be corrupted or malicious.`);
}

function build(object: unknown, state: readonly unknown[], name: string): void {
  if (object instanceof PickledType) {
    const order = textOf(state[1]);
    object.name = order === '|' ? object.name : order + object.name;
  } else if (object instanceof PickledArray) {
    const [, shape, type, columnsFirst, data] = state;
    object.shape = shape as readonly number[];
    object.type = (type as PickledType).name;
    object.columnsFirst = columnsFirst === true || columnsFirst === 1;
    object.data = data as Uint8Array | readonly unknown[];
  } else {
    throw new ValueError(`${name}: expected a pickle of lists, dicts, numbers and arrays. Received another object.`);
  }
}

function keyOf(key: unknown): unknown {
  return key instanceof Uint8Array ? latin1(key) : key;
}

function textOf(value: unknown): string {
  return value instanceof Uint8Array ? latin1(value) : String(value);
}

/** A whole number in two's complement, the lowest byte first. */
function longOf(bytes: Uint8Array): number {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  return Number(BigInt.asIntN(8 * bytes.length, value));
}
