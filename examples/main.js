// How an example starts: `await main(import.meta, run)` at its end runs it when Node was started with its file, and
// does nothing when another file imports it. Arguments are options of `run`: node examples/sequential.js epochs=20

import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export async function main({ url }, run) {
  const started = process.argv[1];
  if (!started || realpathSync(started) !== realpathSync(fileURLToPath(url))) return;
  const options = process.argv.slice(2).map(argument => {
    const [name, value] = argument.split('=');
    return [name, Number.isNaN(Number(value)) ? value : Number(value)];
  });
  await run(Object.fromEntries(options));
}
