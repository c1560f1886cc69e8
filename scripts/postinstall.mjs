// Runs after `npm ci` and `npm install` in this repository, and by hand as `npm run build:torch`. Needs no package but node-api-headers.
import { installJpeg } from './lib/install-jpeg.mjs';
import { installTorch } from './lib/install-torch.mjs';

const help = `usage: node scripts/postinstall.mjs [--force] [--help]

Builds the torch engine against a libtorch. The first of these that works is taken:
  1. LIBTORCH: a folder with include/ and lib/ (an unpacked libtorch, or the torch folder of a python package)
  2. the torch package of the active virtual environment, of python3 or of python
  3. a CPU wheel of torch, which pip puts into $XDG_CACHE_HOME/tessera or ~/.cache/tessera, for all clones

Before that, the addon that decodes JPEG files with the system's libjpeg-turbo, where its headers are.

  --force   compile again even when nothing changed; exit with 1 when the torch engine fails
  --help    show this

Environment: TESSERA_TORCH=off skips the engine, TESSERA_JPEG=off the decoder. CXX names the C++ compiler.
`;

const known = new Set(['--force', '--help', '-h']);
const args = process.argv.slice(2);
const unknown = args.find((arg) => !known.has(arg));
if (unknown !== undefined) {
  console.error(`unknown argument ${unknown}\n\n${help}`);
  process.exitCode = 2;
} else if (args.includes('--help') || args.includes('-h')) {
  console.log(help);
} else {
  const force = args.includes('--force');
  console.log(`tessera: ${await installJpeg({ force })}`);
  const { state, line } = await installTorch({ force, log: (text) => console.log(`tessera: ${text}`) });
  console.log(`tessera: ${line}`);
  // An install never fails because of an engine; somebody who asks for the build wants to know.
  if (state === 'failed' && force) process.exitCode = 1;
}
