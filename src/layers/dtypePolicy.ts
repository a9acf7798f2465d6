// Dtypes as Keras names them, and the ones there are here.

import type { Json } from '../config.js';
import { floatx } from '../defaults.js';
import { asDType, type DType } from '../dtype.js';
import { isDict } from '../structure.js';

/** The name in a `dtype` option: a plain one, or Keras's JSON of a policy. Default: floatx. */
export function dtypeName(dtype: string | Json | undefined): string {
  if (dtype === undefined || dtype === null) return floatx();
  if (typeof dtype === 'string') return dtype;
  const config = isDict(dtype) ? dtype['config'] : null;
  return isDict(config) && typeof config['name'] === 'string' ? config['name'] : floatx();
}

/** The dtype in which a policy of that name computes here: wider and narrower kinds map to the one we have. */
export function computeDType(policy: string): DType {
  if (/float/.test(policy)) return 'float32';
  if (/^u?int/.test(policy)) return 'int32';
  return policy === 'string' ? 'float32' : asDType(policy);
}

/** Keras's JSON of the policy of that name. */
export function dtypePolicy(name: string): Json {
  return { module: 'keras', class_name: 'DTypePolicy', config: { name }, registered_name: null };
}
