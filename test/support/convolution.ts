// The definition of convolution, as loops: the reference for kernels and ops.

import type { ConvAttrs } from '../../src/ops/convolution.js';

/**
 * Calls `each` with the offsets of every pair of input and kernel elements that meet in an output element.
 */
export function visitConvolution(
  { shapeX, shapeW, shapeY, axes, groups }: ConvAttrs,
  each: (x: number, w: number, y: number) => void,
): void {
  const [d, h, w] = axes;
  const [cg, filters] = shapeW.slice(-2) as [number, number];
  const og = filters / groups;
  const channels = cg * groups;
  let y = 0;
  for (let n = 0; n < shapeX[0]!; n++) {
    for (let od = 0; od < d.output; od++)
      for (let oh = 0; oh < h.output; oh++)
        for (let ow = 0; ow < w.output; ow++) {
          for (let o = 0; o < shapeY.at(-1)!; o++, y++) {
            for (let kd = 0; kd < d.taps; kd++)
              for (let kh = 0; kh < h.taps; kh++)
                for (let kw = 0; kw < w.taps; kw++) {
                  const id = od * d.stride + kd * d.dilation - d.before;
                  const ih = oh * h.stride + kh * h.dilation - h.before;
                  const iw = ow * w.stride + kw * w.dilation - w.before;
                  if (id < 0 || ih < 0 || iw < 0 || id >= d.size || ih >= h.size || iw >= w.size) continue;
                  for (let c = 0; c < cg; c++) {
                    const from =
                      (((n * d.size + id) * h.size + ih) * w.size + iw) * channels + Math.floor(o / og) * cg + c;
                    each(from, (((kd * h.taps + kh) * w.taps + kw) * cg + c) * filters + o, y);
                  }
                }
          }
        }
  }
}
