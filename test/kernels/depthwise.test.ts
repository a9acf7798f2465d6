import { describe, expect, test } from 'vitest';
import { builds, engineFor, maxError, randomFloats, runKernel } from '../support/kernel.js';

/** One spatial axis: input size, output size, taps, stride, dilation, padding in front. */
type Axis = readonly [size: number, output: number, taps: number, stride: number, dilation: number, before: number];

const cases: readonly (readonly [name: string, rows: Axis, columns: Axis])[] = [
  ['3x3, same', [5, 5, 3, 1, 1, 1], [11, 11, 3, 1, 1, 1]],
  ['3x3, stride 2, same on an even size', [6, 3, 3, 2, 1, 0], [12, 6, 3, 2, 1, 0]],
  ['5x5, same, wider than the image is high', [3, 3, 5, 1, 1, 2], [9, 9, 5, 1, 1, 2]],
  ['2x4, valid', [4, 3, 2, 1, 1, 0], [13, 10, 4, 1, 1, 0]],
  ['3x3, dilation 2', [7, 7, 3, 1, 2, 2], [10, 10, 3, 1, 2, 2]],
  ['7 taps in one row', [1, 1, 1, 1, 1, 0], [10, 10, 7, 1, 1, 3]],
  ['a single column', [4, 4, 3, 1, 1, 1], [1, 1, 3, 1, 1, 1]],
];

/** Calls visit(index of y, of x, of w) for every product of channel 0; indices count pixels and taps. */
function products(n: number, rows: Axis, columns: Axis, visit: (y: number, x: number, w: number) => void): void {
  const [h, oh, kh, sh, dh, ph] = rows;
  const [w, ow, kw, sw, dw, pw] = columns;
  for (let b = 0; b < n; b++)
    for (let i = 0; i < oh; i++)
      for (let j = 0; j < ow; j++)
        for (let s = 0; s < kh; s++)
          for (let t = 0; t < kw; t++) {
            const p = i * sh + s * dh - ph;
            const q = j * sw + t * dw - pw;
            if (p >= 0 && p < h && q >= 0 && q < w) visit((b * oh + i) * ow + j, (b * h + p) * w + q, s * kw + t);
          }
}

describe.each(builds)('depthwise kernels, %s build', build => {
  describe.each([1, 2])('on %i threads', threads => {
    describe.each(cases)('%s', (_name, rows, columns) => {
      const [h, oh, kh, strideH, dilationH, padH] = rows;
      const [w, ow, kw, strideW, dilationW, padW] = columns;
      const n = 2;
      test.each([1, 2, 3, 4, 5, 7, 8, 16, 17])('%i channels', async c => {
        const engine = await engineFor(build, threads);
        const x = randomFloats(n * h * w * c, 1);
        const kernel = randomFloats(kh * kw * c, 2);
        const y = new Float32Array(n * oh * ow * c).fill(NaN);
        runKernel(engine, 'depthwise', {
          x,
          w: kernel,
          y,
          n,
          c,
          xPixel: c,
          xImage: h * w * c,
          yImage: oh * ow * c,
          yRow: ow * c,
          yPixel: c,
          wRow: kw * c,
          wColumn: c,
          hCount: oh,
          hFirst: -padH,
          hStep: strideH,
          hTapStep: dilationH,
          hTaps: kh,
          hSize: h,
          wCount: ow,
          wFirst: -padW,
          wStep: strideW,
          wTapStep: dilationW,
          wTaps: kw,
          wSize: w,
        });
        const dy = randomFloats(y.length, 3);
        const expected = new Float64Array(y.length);
        const expectedGrad = new Float64Array(kernel.length);
        products(n, rows, columns, (o, p, q) => {
          for (let k = 0; k < c; k++) {
            expected[o * c + k]! += x[p * c + k]! * kernel[q * c + k]!;
            expectedGrad[q * c + k]! += x[p * c + k]! * dy[o * c + k]!;
          }
        });
        expect(maxError(y, expected)).toBeLessThan(2e-6);

        const dw = new Float32Array(kernel.length).fill(NaN);
        runKernel(engine, 'depthwiseFilterGrad', {
          x,
          dy,
          dw,
          partials: new Float32Array(threads * dw.length),
          n,
          c,
          h,
          w,
          oh,
          ow,
          kh,
          kw,
          strideH,
          strideW,
          dilationH,
          dilationW,
          padH,
          padW,
        });
        expect(maxError(dw, expectedGrad)).toBeLessThan(5e-6);
      });
    });
  });
});
