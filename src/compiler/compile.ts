// The passes in order: from a traced graph to a program.

import { fuseEpilogues } from './epilogue.js';
import { foldConstants } from './fold.js';
import { fuse } from './fuse.js';
import type { Graph } from './graph.js';
import { Program } from './program.js';
import { simplify } from './simplify.js';

/** `fold`: whether constant parts are computed now. Evaluation itself must not: folding is done by it. */
export function compile(graph: Graph, { fold = true } = {}): Program {
  const simplified = simplify(fold ? foldConstants(simplify(graph)) : graph);
  return new Program(fuse(fuseEpilogues(simplified)));
}
