// npm run build:tensorflow. For machines where @tensorflow/tfjs-node's own download is blocked or its CUDA 11 build is too old.
import { findPythons, onPath } from '../libs/backend-torch/scripts/find-libtorch.mjs';
import { findLibtensorflow } from './lib/libtensorflow.mjs';
import { compileAddon, installTfjsNode, tryTfjsNode } from './lib/tfjs-node.mjs';

const help = `usage: npm run build:tensorflow [-- --help]

Builds the tensorflow engine: @tensorflow/tfjs-node with an addon against a libtensorflow. The first of these is taken:
  1. LIBTENSORFLOW: the tensorflow folder of a python package (2.12 or newer), or an unpacked libtensorflow C library
  2. the tensorflow package of the active virtual environment, of python3 or of python. For a GPU: pip install 'tensorflow[and-cuda]'
  3. a CPU wheel of tensorflow, which pip puts into $XDG_CACHE_HOME/tessera or ~/.cache/tessera, for all clones

The package goes to libs/engine/tfjs-node, where the engine looks before it looks into node_modules.
`;

const log = (line) => console.log(`tessera: ${line}`);

async function main() {
  if (process.platform === 'win32') throw new Error('not supported on Windows; use WSL');
  const compiler = process.env.CXX || 'g++';
  if (!onPath(compiler))
    throw new Error(`no C++ compiler ('${compiler}' is not on the PATH); install one or name it in CXX`);
  const started = Date.now();
  const pythons = process.env.LIBTENSORFLOW ? [] : findPythons(['tensorflow', 'pip']);
  const libtensorflow = await findLibtensorflow({ pythons, log });
  await installTfjsNode(log);
  await compileAddon({ libtensorflow, log });
  const { version, gpu } = await tryTfjsNode();
  const seconds = Math.round((Date.now() - started) / 1000);
  log(
    `tensorflow engine built in ${seconds} s (TensorFlow ${version}, ${gpu ? 'GPU' : 'CPU'}); use it with --engine tensorflow`,
  );
}

const args = process.argv.slice(2);
if (args.some((arg) => arg !== '--help' && arg !== '-h')) {
  console.error(`unknown argument ${args[0]}\n\n${help}`);
  process.exitCode = 2;
} else if (args.length > 0) {
  console.log(help);
} else {
  await main().catch((error) => {
    console.error(`tessera: tensorflow engine not built: ${error.message.replace(/\s+/g, ' ')}`);
    process.exitCode = 1;
  });
}
