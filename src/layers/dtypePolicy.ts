// Dtypes as Keras names them, and the ones there are here.

import type { Json } from '../config.js';
import { floatx } from '../defaults.js';
import { ValueError } from '../errors.js';
import { isDict } from '../structure.js';

const policies = /^((mixed_)?b?float16|float(32|64)|u?int(8|16|32|64)|bool|string|int[48]_from_.*|float8_from_.*)$/;

/**
 * The name in a `dtype` option: a plain one, or Keras's JSON of a policy. Default: floatx.
 * @throws ValueError for a name that Keras does not know.
 */
export function dtypeName(dtype: string | Json | undefined): string {
  if (dtype === undefined || dtype === null) return floatx();
  const config = isDict(dtype) ? dtype['config'] : null;
  const name = isDict(config) ? (config['name'] ?? floatx()) : dtype;
  if (typeof name === 'string' && policies.test(name)) return name;
  throw new ValueError(
    `Invalid \`dtype\`: expected a name such as 'float32' or 'int32'. Received: ${typeof name === 'string' ? name : JSON.stringify(dtype)}`,
  );
}

/** The name of the dtype in which a layer of that policy computes. Text has none: it is left alone. */
export function computeDType(policy: string): string {
  return /b?float(16|32|64)$/.exec(policy)?.[0] ?? (policy === 'string' ? 'float32' : policy);
}

/** The name of the dtype in which a layer of that policy keeps its weights: full precision in mixed policies. */
export function variableDType(policy: string): string {
  return policy.startsWith('mixed_') ? 'float32' : computeDType(policy);
}

/** Keras's JSON of the policy of that name. */
export function dtypePolicy(name: string): Json {
  return { module: 'keras', class_name: 'DTypePolicy', config: { name }, registered_name: null };
}
