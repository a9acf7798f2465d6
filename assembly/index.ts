// Everything the WebAssembly module exports. Functions of this list other than those of `program` and `team` are
// kernels: one line per file, and the runtime numbers them by name.

export { run, worker } from './program';
export { joinTeam, readyWorkers, TEAM_BYTES } from './team';
export { heapBase } from './heap';

export { averagePool, averagePoolGrad, maxPool, maxPoolGrad, maxPoolPick } from './pool';
export {
  deriveSeed, dropout, nextSeed, randomBits, randomIntegers, randomNormal, randomTruncatedNormal, randomUniform,
} from './random';
export { copy, fill, fillInt } from './movement/copy';
export { stridedCopy, stridedTranspose } from './movement/strided';
export { max, maxInt, min, minInt, prod, prodInt, sum, sumInt } from './reduce';
export {
  adadeltaUpdate, adagradUpdate, adamaxUpdate, adamUpdate, ftrlUpdate, lionUpdate, nadamUpdate, rmspropUpdate, sgdUpdate,
} from './optimizers';

export { chain } from './elementwise/chain';
export { depthwise } from './conv/depthwise';
export { depthwiseFilterGrad } from './conv/depthwiseFilterGrad';
export { batchNorm, batchNormGrad } from './batchNorm';
export { layerNorm, layerNormGrad } from './layerNorm';
export { cumprod, cumprodInt, cumsum, cumsumInt, linearScan } from './scan';
export { argmax, argmaxInt, argmin, argminInt } from './argreduce';
export {
  scatterAdd, scatterAddInt, scatterMax, scatterMaxInt, scatterMin, scatterMinInt, scatterMul, scatterMulInt, scatterSet, take,
} from './indexing';
export { argsort, searchSorted } from './sort';
export { packPanels } from './gemm/pack';
export { resize, resizeGrad } from './resize';
export { lstm, lstmGrad } from './recurrent/lstm';
export { gru, gruGrad } from './recurrent/gru';
export { simpleRnn, simpleRnnGrad } from './recurrent/simpleRnn';
export { orthonormalize } from './orthonormalize';
export { logSoftmax, logSoftmaxGrad, softmax, softmaxGrad } from './softmax';
export { gemm, gemmBatch } from './gemm/gemm';
export { gemmFewRows } from './gemm/fewRows';
export { conv } from './conv/conv';
export { packFilter } from './conv/packFilter';
export { convFilterGrad } from './conv/filterGrad';
export { winograd, winogradFilter } from './conv/winograd';
export { winogradFilterGrad, winogradFilterGradEnd } from './conv/winogradFilterGrad';
export { randomBinomial, randomGamma } from './distributions';
