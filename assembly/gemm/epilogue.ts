// What happens to finished sums before they leave the cache.

import { sigmoid, tanh } from '../math';

/**
 * Activations that products and convolutions apply themselves; the ops' table `fusedActivations` has the same
 * numbers.
 */
export const LINEAR: i32 = 0;
export const RELU: i32 = 1;
export const SIGMOID: i32 = 2;
export const TANH: i32 = 3;

/** Applies an activation in place to 16 floats. */
export function activateRow(p: usize, activation: i32): void {
  v128.store(p, activated(v128.load(p), activation));
  v128.store(p, activated(v128.load(p, 16), activation), 16);
  v128.store(p, activated(v128.load(p, 32), activation), 32);
  v128.store(p, activated(v128.load(p, 48), activation), 48);
}

/** Applies an activation in place to one float. */
export function activateOne(p: usize, activation: i32): void {
  store<f32>(p, f32x4.extract_lane(activated(v128.load32_zero(p), activation), 0));
}

function activated(v: v128, activation: i32): v128 {
  if (activation == RELU) return f32x4.max(v, f32x4.splat(0));
  if (activation == SIGMOID) return sigmoid(v);
  if (activation == TANH) return tanh(v);
  return v;
}
