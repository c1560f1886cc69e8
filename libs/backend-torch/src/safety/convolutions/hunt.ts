/**
 * Looks for convolutions that are computed wrong, hang or end the process, and prints a table. Fails where it finds one.
 *
 *   npm run hunt:convolutions -- [--shapes 1000] [--seed 1] [--minutes 0] [--isa SSE41,AVX2,..,own] [--threads 1,2] [--precision f32,bf16]
 *
 * Every result is compared bit by bit with sums one product at a time. Blocks of memory end at pages that cannot be touched, unless --plain;
 * with it they are those of ordinary runs. FUZZ_ADDON names another build of the addon; --minutes ends it early.
 */
import { parseArgs } from 'node:util';
import { describeConvolution } from './convolution.ts';
import { drawConvolution } from './draw-convolution.ts';
import { knownConvolutions } from './known-convolutions.ts';
import { ConvolutionJudge, describeSetting, settingsOf } from './judge.ts';
import type { Failure } from './judge.ts';

/** oneDNN's names. */
const INSTRUCTION_SETS = 'SSE41,AVX2,AVX512_CORE,AVX512_CORE_BF16,own';

const { values } = parseArgs({
  options: {
    shapes: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '0' },
    isa: { type: 'string', default: INSTRUCTION_SETS },
    threads: { type: 'string', default: '1,2' },
    precision: { type: 'string', default: 'f32,bf16' },
    plain: { type: 'boolean', default: false },
  },
});
const list = (text: string): string[] => text.split(',');
const isas = list(values.isa);
const settings = settingsOf(
  isas,
  list(values.threads).map(Number),
  list(values.precision).map((precision) => (precision === 'bf16' ? 'bf16' : 'f32')),
);
const known = Object.values(knownConvolutions).flat();
/** One shape in ten may be large. */
const LIMITS = { products: 2 ** 21, elements: 2 ** 18 };
const LARGE = { products: 2 ** 25, elements: 2 ** 22 };

const started = performance.now();
const minutes = (): number => (performance.now() - started) / 60_000;
const judge = new ConvolutionJudge(values.plain ? {} : { TESSERA_TORCH_GUARD: '1' });
const failures: Failure[] = [];
let tried = 0;
try {
  for (let i = -known.length; i < Number(values.shapes); i++) {
    if (Number(values.minutes) > 0 && minutes() > Number(values.minutes)) break;
    const convolution =
      known[i + known.length] ?? drawConvolution(Number(values.seed) * 1_000_003 + i, i % 10 === 9 ? LARGE : LIMITS);
    const found = await judge.judge(convolution, settings);
    tried++;
    failures.push(...found);
    for (const failure of found) say(line(failure));
    if (tried % 20 === 0) say(`${tried} shapes, ${failures.length} failures, ${minutes().toFixed(1)} min`);
  }
} finally {
  judge.stop();
}
report();
process.exitCode = failures.length > 0 ? 1 : 0;

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function line({ convolution, setting, wanted, problem }: Failure): string {
  return `${describeSetting(setting)}, ${wanted}: ${describeConvolution(convolution)}: ${problem.split('\n')[0] ?? ''}`;
}

function report(): void {
  say(`\n${tried} shapes, ${minutes().toFixed(0)} min; three results each\n`);
  say('| instruction set | computations | failures |\n| --- | ---: | ---: |');
  for (const isa of isas) {
    const mine = settings.filter((setting) => (setting.isa ?? 'own') === isa);
    const wrong = failures.filter(({ setting }) => (setting.isa ?? 'own') === isa);
    say(`| ${isa} | ${tried * mine.length * 3} | ${wrong.length} |`);
  }
}
