// What `adapt` can learn from: arrays at once, or a data set, batch after batch.

/** Something that gives batches, such as a Dataset. */
export type Batches<T> = AsyncIterable<T>;

/** `adapt` on arrays, which is done when it returns, and on batches, which takes longer. */
export interface Adapt<T> {
  (data: T): void;
  (batches: Batches<T>): Promise<void>;
}

/** Learns by `take(data)`, or by `take` of batch after batch; then `finish()`. */
export function adapting<T>(take: (batch: T) => void, finish: () => void): Adapt<T> {
  const all = async (batches: Batches<T>): Promise<void> => {
    for await (const batch of batches) take(batch);
    finish();
  };
  const isBatches = (data: T | Batches<T>): data is Batches<T> =>
    typeof data === 'object' && data !== null && Symbol.asyncIterator in data;
  return ((data: T | Batches<T>) => {
    if (isBatches(data)) return all(data);
    take(data);
    return finish();
  }) as Adapt<T>;
}
