// Timing: medians, so that one preempted run does not count.

/** Median seconds per call of `fn` (sync or async) within about `budget` seconds, after two calls to warm up. */
export async function median(fn, budget = 0.5) {
  await fn();
  await fn();
  const times = [];
  const end = performance.now() + 1000 * budget;
  do {
    const start = performance.now();
    await fn();
    times.push((performance.now() - start) / 1000);
  } while (performance.now() < end || times.length < 3);
  times.sort((a, b) => a - b);
  return times[times.length >> 1];
}
