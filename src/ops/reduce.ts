// Reductions over axes. sum has its home beside broadcasting, its adjoint.

export { sum } from './broadcast.js';
