// Protocol buffers, as far as they are needed to write them: a message is a list of fields, each with its number.

const text = new TextEncoder();

/** A message being written. Every method adds one field and returns the message. */
export class Message {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** int32, int64, enum and bool of values from 0. */
  integer(field: number, value: number): this {
    return this.#add(varint(field * 8), varint(value));
  }

  double(field: number, value: number): this {
    return this.#add(varint(field * 8 + 1), new Uint8Array(Float64Array.of(value).buffer));
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#add(varint(field * 8 + 2), varint(value.length), value);
  }

  string(field: number, value: string): this {
    return this.bytes(field, text.encode(value));
  }

  message(field: number, value: Message): this {
    return this.bytes(field, value.encode());
  }

  encode(): Uint8Array {
    return concatenate(this.#parts, this.#length);
  }

  #add(...parts: readonly Uint8Array[]): this {
    for (const part of parts) {
      this.#parts.push(part);
      this.#length += part.length;
    }
    return this;
  }
}

/** Seven bits a byte, the lowest first; the eighth bit says that more follow. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

export function concatenate(
  parts: readonly Uint8Array[],
  length = parts.reduce((sum, part) => sum + part.length, 0),
): Uint8Array {
  const result = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    result.set(part, offset);
    offset += part.length;
  }
  return result;
}
