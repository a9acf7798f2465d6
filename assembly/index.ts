// Everything the WebAssembly module exports. Functions of this list other than those of `program` and `team` are
// kernels: one line per file, and the runtime numbers them by name.

export { argmax, argmaxInt, argmin, argminInt } from './argreduce';
export { batchNorm, batchNormGrad } from './batchNorm';
export { conv } from './conv/conv';
export { depthwise } from './conv/depthwise';
export { depthwiseFilterGrad } from './conv/depthwiseFilterGrad';
export { convFilterGrad } from './conv/filterGrad';
export { packFilter } from './conv/packFilter';
export { winograd, winogradFilter } from './conv/winograd';
export { winogradFilterGrad, winogradFilterGradEnd } from './conv/winogradFilterGrad';
export { randomBinomial, randomGamma } from './distributions';
export { chain } from './elementwise/chain';
export { gemmFewRows } from './gemm/fewRows';
export { gemm, gemmBatch } from './gemm/gemm';
export { packPanels } from './gemm/pack';
export { heapBase } from './heap';
export {
  scatterAdd,
  scatterAddInt,
  scatterMax,
  scatterMaxInt,
  scatterMin,
  scatterMinInt,
  scatterMul,
  scatterMulInt,
  scatterSet,
  take,
} from './indexing';
export { layerNorm, layerNormGrad } from './layerNorm';
export { cholesky } from './linalg/cholesky';
export { eigh } from './linalg/eigh';
export { lu, solve } from './linalg/lu';
export { qr } from './linalg/qr';
export { solveTriangular } from './linalg/solveTriangular';
export { svd } from './linalg/svd';
export { copy, fill, fillInt } from './movement/copy';
export { stridedCopy, stridedTranspose } from './movement/strided';
export {
  adadeltaUpdate,
  adagradUpdate,
  adamaxUpdate,
  adamUpdate,
  ftrlUpdate,
  lionUpdate,
  nadamUpdate,
  rmspropUpdate,
  sgdUpdate,
} from './optimizers';
export { orthonormalize } from './orthonormalize';
export { averagePool, averagePoolGrad, maxPool, maxPoolGrad, maxPoolPick } from './pool';
export { run, worker } from './program';
export {
  deriveSeed,
  dropout,
  nextSeed,
  randomBits,
  randomIntegers,
  randomNormal,
  randomTruncatedNormal,
  randomUniform,
} from './random';
export { gru, gruGrad } from './recurrent/gru';
export { lstm, lstmGrad } from './recurrent/lstm';
export { simpleRnn, simpleRnnGrad } from './recurrent/simpleRnn';
export { max, maxInt, min, minInt, prod, prodInt, sum, sumInt } from './reduce';
export { resize, resizeGrad } from './resize';
export { cumprod, cumprodInt, cumsum, cumsumInt, linearScan } from './scan';
export { logSoftmax, logSoftmaxGrad, softmax, softmaxGrad } from './softmax';
export { argsort, searchSorted } from './sort';
export { joinTeam, readyWorkers, TEAM_BYTES } from './team';
