// Pictures of models as SVG, drawn by Graphviz: its own C code as WebAssembly. It has 0.8 MB, so it is loaded when the
// first picture is drawn.

import { platform } from '#platform';
import { ValueError } from '../errors.js';
import type { Layer } from '../layers/layer.js';
import { type DotOptions, modelToDot } from './modelToDot.js';

export interface PlotOptions extends DotOptions {
  /**
   * File to write: `.svg`, or `.dot` for the text that Graphviz reads. null writes none. Default: 'model.svg' in Node, and
   * none in browsers.
   */
  readonly toFile?: string | null;
  /** Whether a box has the layer's name besides its class. Default false. */
  readonly showLayerNames?: boolean;
  /** Dots per inch. Default 72, at which a point of a font is a point on the screen. */
  readonly dpi?: number;
}

interface Graphviz {
  dot(source: string): string;
}

let library: Promise<Graphviz> | undefined;

/** Loads Graphviz, once. */
function loadGraphviz(): Promise<Graphviz> {
  library ??= import('@hpcc-js/wasm-graphviz')
    .then(({ Graphviz }) => Graphviz.load())
    .catch((error: unknown) => {
      library = undefined;
      throw new Error(
        `Graphviz could not be loaded (${String(error)}). It is the folder @hpcc-js of the package's dist folder and ` +
          'must be served next to the bundle.',
      );
    });
  return library;
}

/**
 * Draws a model, writes the picture to a file, and resolves to it as SVG text. Keras: keras.utils.plot_model.
 * @throws ValueError if the model is not built yet, or for a file of another kind
 */
export async function plotModel(model: Layer, options: PlotOptions = {}): Promise<string> {
  const { toFile = platform.name === 'node' ? 'model.svg' : null } = options;
  const kind = toFile === null ? 'svg' : toFile.slice(toFile.lastIndexOf('.') + 1);
  if (kind !== 'svg' && kind !== 'dot') {
    throw new ValueError(
      `plotModel: expected a file that ends in .svg or .dot. Received: ${toFile}. Browsers and most programs show SVG, and ` +
        'convert it to other formats.',
    );
  }
  const source = modelToDot(model, { showLayerNames: false, dpi: 72, ...options });
  const svg = (await loadGraphviz()).dot(source);
  if (toFile !== null) await platform.writeFile(toFile, new TextEncoder().encode(kind === 'svg' ? svg : source));
  return svg;
}
