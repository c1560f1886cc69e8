// End-to-end pairs per second of a recipe against a peer doing the same work, in alternating runs.
//
//   node scripts/bench-peer.mjs --recipe FILE --data DIR --peer "COMMAND" [--pairs 5] [--epochs 3] [--set key=value ...]
//
// The peer prints one JSON line an epoch with `epoch` and the cumulative `pairs_per_s`. Of both, the first epoch is dropped (decoding,
// caches, warm-up), the others count. Prints a JSON line a pair and a last one with medians, the ratio of each pair and its interval: the
// exact one of the median where there are enough pairs for 95 % (six), else the least and the largest; `ratioCoverage` is what it covers.
// The step alone, without data: `tessera bench step --peer`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { tsImport } from 'tsx/esm/api';

const { jsonLines, runChild } = await tsImport('../apps/trainer/src/bench/child.ts', import.meta.url);
const { alternate, compare } = await tsImport('../apps/trainer/src/bench/pairs.ts', import.meta.url);

const { values } = parseArgs({
  options: {
    recipe: { type: 'string' },
    data: { type: 'string' },
    peer: { type: 'string' },
    pairs: { type: 'string', default: '5' },
    epochs: { type: 'string', default: '3' },
    set: { type: 'string', multiple: true, default: [] },
  },
});
if (!values.recipe || !values.data || !values.peer) {
  console.error('bench-peer: --recipe, --data and --peer are needed; see the head of this file');
  process.exit(2);
}
const epochs = Number(values.epochs);

async function run(command, args) {
  const outcome = await runChild(command, args);
  if (outcome.interrupted) process.exit(130);
  if (outcome.code !== 0)
    throw new Error(`${command} ${args.join(' ')} ended with ${outcome.code}:\n${outcome.stderr.slice(-2000)}`);
  return outcome;
}

/** Images per second over all epochs but the first. */
async function tessera() {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-bench-'));
  const sets = [`trainer.epochs=${epochs}`, 'evaluation=[]', ...values.set].flatMap((set) => ['--set', set]);
  const out = join(folder, 'run');
  const { peakResidentMB } = await run('node', [
    'apps/trainer/bin/tessera.mjs',
    'pretrain',
    values.recipe,
    '--data',
    values.data,
    '--out',
    out,
    ...sets,
  ]);
  const events = jsonLines(readFileSync(join(out, 'metrics.jsonl'), 'utf8'));
  rmSync(folder, { recursive: true });
  const counted = events.filter(({ type, epoch }) => type === 'epoch' && epoch > 0);
  const images = counted.reduce((sum, { imagesPerSecond, seconds }) => sum + imagesPerSecond * seconds, 0);
  return { rate: images / counted.reduce((sum, { seconds }) => sum + seconds, 0), peakResidentMB };
}

/** The same from cumulative rates c: n epochs take n / c, in units of an epoch's images. */
async function peer() {
  const { stdout, peakResidentMB } = await run('sh', ['-c', `exec ${values.peer} --epochs ${epochs}`]);
  const lines = jsonLines(stdout).filter(({ epoch }) => epoch !== undefined);
  const [first, last] = [lines[0], lines.at(-1)];
  const time = last.epoch / last.pairs_per_s - first.epoch / first.pairs_per_s;
  return { rate: (last.epoch - first.epoch) / time, peakResidentMB };
}

const pairs = await alternate(Number(values.pairs), { tessera, peer }, ({ tessera, peer, ratio }, index) => {
  console.log(JSON.stringify({ pair: index + 1, tessera: tessera.rate, peer: peer.rate, ratio }));
});
console.log(JSON.stringify({ recipe: values.recipe, ...compare(pairs) }));
