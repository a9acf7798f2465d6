// The passes in order: from a traced graph to a program.

import type { Graph } from './graph.js';
import { Program } from './program.js';
import { simplify } from './simplify.js';

export function compile(graph: Graph): Program {
  return new Program(simplify(graph));
}
