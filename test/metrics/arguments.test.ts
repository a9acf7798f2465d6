import { describe, expect, test } from 'vitest';
import '../../src/compiler/evaluate.js';
import { Metric } from '../../src/metrics/metric.js';
import {
  AUC,
  BinaryAccuracy,
  F1Score,
  IoU,
  Mean,
  MeanIoU,
  OneHotIoU,
  Precision,
  PrecisionAtRecall,
  TopKCategoricalAccuracy,
} from '../../src/metrics/metrics.js';

describe('a metric', () => {
  test('takes options by position in the order of Keras', () => {
    expect(Mean('loss').name).toBe('loss');
    expect(TopKCategoricalAccuracy(3, 'top3').getConfig()).toMatchObject({ name: 'top3', k: 3 });
    expect(BinaryAccuracy('mine', 'float32', 0.7).getConfig()).toMatchObject({ name: 'mine', threshold: 0.7 });
    expect(Precision([0.2, 0.8], null, 1).getConfig()).toMatchObject({ thresholds: [0.2, 0.8], class_id: 1 });
    expect(AUC(50, 'PR').getConfig()).toMatchObject({ num_thresholds: 50, curve: 'PR' });
    expect(PrecisionAtRecall(0.5, 20).getConfig()).toMatchObject({ recall: 0.5, num_thresholds: 20 });
    expect(F1Score('macro', 0.4).getConfig()).toMatchObject({ average: 'macro', threshold: 0.4 });
    expect(IoU(3, [0, 2], { ignoreClass: 1 }).getConfig()).toMatchObject({ target_class_ids: [0, 2], ignore_class: 1 });
    expect(OneHotIoU(3, [1], 'iou').name).toBe('iou');
  });

  test("of one's own begins with the state that its initializers say, and is reset to zeros", () => {
    class Count extends Metric {
      readonly count = this.addWeight({ name: 'count', shape: [2], initializer: 'ones' });
      override updateState(): void {
        this.count.assignAdd([1, 2]);
      }
      override result() {
        return this.count.value;
      }
    }
    const metric = new Count({ name: 'count' });
    expect(metric().array()).toEqual([2, 3]);
    metric.resetState();
    expect(metric().array()).toEqual([1, 2]);
  });

  test('refuses options that it does not have, and says what is missing', () => {
    expect(() => AUC({ num_thresholds: 3 } as never)).toThrow(/AUC has no option `num_thresholds`.*: numThresholds/);
    expect(() => BinaryAccuracy({ k: 3 } as never)).toThrow(/BinaryAccuracy has no option `k`/);
    expect(() => MeanIoU({ targetClassIds: [0] } as never)).toThrow(/expected numClasses/);
    expect(() => IoU(3)).toThrow(/expected targetClassIds, a list of classes/);
  });
});
