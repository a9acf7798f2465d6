// What happens to a row of finished sums before it leaves the cache.

/** Activations that products and convolutions apply themselves. The ops' table `fusedActivations` has the same numbers. */
export const LINEAR: i32 = 0;
export const RELU: i32 = 1;

/** Applies an activation in place to 16 floats. */
export function activateRow(p: usize, activation: i32): void {
  if (activation == RELU) {
    const zero = f32x4.splat(0);
    v128.store(p, f32x4.max(v128.load(p), zero));
    v128.store(p, f32x4.max(v128.load(p, 16), zero), 16);
    v128.store(p, f32x4.max(v128.load(p, 32), zero), 32);
    v128.store(p, f32x4.max(v128.load(p, 48), zero), 48);
  }
}
