// End-to-end pairs per second of a recipe against a peer doing the same work, in alternating runs.
//
//   node scripts/bench-peer.mjs --recipe FILE --data DIR --peer "COMMAND" [--pairs 5] [--epochs 3] [--set key=value ...]
//
// The peer prints one JSON line an epoch with `epoch` and the cumulative `pairs_per_s`. Of both, the first epoch is dropped (decoding,
// caches, warm-up), the others count. Prints a JSON line a pair and a last one with medians, the ratio of each pair and its interval.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

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

function run(command, args, options = {}) {
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}:\n${stderr.slice(-2000)}`);
  return stdout;
}

const jsonLines = (text) =>
  text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));

/** Images per second over all epochs but the first. */
function tessera() {
  const folder = mkdtempSync(join(tmpdir(), 'tessera-bench-'));
  const sets = [`trainer.epochs=${epochs}`, 'evaluation=[]', ...values.set].flatMap((set) => ['--set', set]);
  run('node', [
    'apps/trainer/bin/tessera.mjs',
    'pretrain',
    values.recipe,
    '--data',
    values.data,
    '--out',
    join(folder, 'run'),
    ...sets,
  ]);
  const events = jsonLines(readFileSync(join(folder, 'run', 'metrics.jsonl'), 'utf8'));
  rmSync(folder, { recursive: true });
  const counted = events.filter(({ type, epoch }) => type === 'epoch' && epoch > 0);
  const images = counted.reduce((sum, { imagesPerSecond, seconds }) => sum + imagesPerSecond * seconds, 0);
  return images / counted.reduce((sum, { seconds }) => sum + seconds, 0);
}

/** The same from cumulative rates c: n epochs take n / c, in units of an epoch's images. */
function peer() {
  const lines = jsonLines(run('sh', ['-c', `exec ${values.peer} --epochs ${epochs}`])).filter(
    ({ epoch }) => epoch !== undefined,
  );
  const [first, last] = [lines[0], lines.at(-1)];
  const time = last.epoch / last.pairs_per_s - first.epoch / first.pairs_per_s;
  return (last.epoch - first.epoch) / time;
}

const sorted = (numbers) => [...numbers].sort((a, b) => a - b);
function median(numbers) {
  const order = sorted(numbers);
  const middle = Math.floor(order.length / 2);
  return order.length % 2 === 1 ? order[middle] : (order[middle - 1] + order[middle]) / 2;
}

const pairs = [];
for (let i = 0; i < Number(values.pairs); i++) {
  const rates = i % 2 === 0 ? { tessera: tessera(), peer: peer() } : { peer: peer(), tessera: tessera() };
  pairs.push({ ...rates, ratio: rates.tessera / rates.peer });
  console.log(JSON.stringify({ pair: i + 1, ...pairs.at(-1) }));
}
const ratios = sorted(pairs.map(({ ratio }) => ratio));
console.log(
  JSON.stringify({
    recipe: values.recipe,
    pairs: pairs.length,
    tesseraMedian: median(pairs.map((pair) => pair.tessera)),
    peerMedian: median(pairs.map((pair) => pair.peer)),
    ratioMedian: median(ratios),
    ratioInterval: [ratios[0], ratios.at(-1)],
  }),
);
