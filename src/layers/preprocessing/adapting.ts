// What `adapt` can learn from: arrays at once, or a data set, batch after batch.

/** Something that gives batches, such as a Dataset. */
export type Batches<T> = AsyncIterable<T>;

/** `adapt` on arrays, which is done when it returns, and on batches, which takes longer. */
export interface Adapt<T, B = T> {
  (data: T): void;
  (batches: Batches<B>): Promise<void>;
}

/** `learn(data)`, or of batches `learn` of all of them. */
export function adapting<T, B = T>(learn: (data: T) => void, join: (batches: B[]) => T): Adapt<T, B> {
  const all = async (batches: Batches<B>): Promise<void> => {
    const list: B[] = [];
    for await (const batch of batches) list.push(batch);
    learn(join(list));
  };
  const isBatches = (data: T | Batches<B>): data is Batches<B> =>
    typeof data === 'object' && data !== null && Symbol.asyncIterator in data;
  return ((data: T | Batches<B>) => (isBatches(data) ? all(data) : learn(data))) as Adapt<T, B>;
}
