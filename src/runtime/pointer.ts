// Addresses as the compiler sees them: of a buffer whose place in WebAssembly memory may not be known yet.

/** A region of WebAssembly memory that instructions read and write. */
export interface Buffer {
  readonly bytes: number;
  /** 'fixed': `offset` is an address. 'arena': it counts from the start of the arena, set when memory is planned. */
  readonly space: 'fixed' | 'arena';
  offset: number;
}

/** `byteOffset` bytes into a buffer. */
export interface Location {
  readonly buffer: Buffer;
  readonly byteOffset: number;
}

/** What a pointer argument of a kernel accepts: an address (0 for none) or a location. */
export type Pointer = number | Location;

/** A location further on, by `elements` elements of 4 bytes. */
export function offsetBy(location: Location, elements: number): Location {
  return { buffer: location.buffer, byteOffset: location.byteOffset + 4 * elements };
}
