import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TesseraError } from '@tessera/core';
import { inspectEngines } from '@tessera/engine';
import { pretrain } from '@tessera/run';
import { defaultRunPath, shippedRecipe } from '@tessera/run/parts';
import { commandLine } from '../command-line.ts';
import { writeLossCurve } from '../demo/loss-curve.ts';
import { prepare } from '../prepare.ts';
import { writePreview } from '../preview/write-preview.ts';
import { progressTo } from '../reporters/progress.ts';
import { listenForStop } from '../signals.ts';
import { evaluateKnn } from './eval-knn.ts';

/** What an engine without native kernels can do in a few minutes. */
const smallSettings = ['encoder.options.width=8', 'trainer.epochs=8', 'trainer.precision=f32'];

/** `tessera demo`: the main job on procedural images, start to end. @returns the exit code */
export async function demoCommand({ out, engine = 'auto' }: Partial<Record<string, string>>): Promise<number> {
  const recipe = demoRecipe();
  const chosen = await engineFor(engine);
  const fast = chosen === 'torch' || chosen === 'tensorflow';
  const prepared = await prepare(recipe, { engine: chosen, set: fast ? [] : smallSettings });
  const path = out ?? defaultRunPath('demo.yaml');
  say(`SimCLR learns from procedural images (ten classes of shapes) without seeing a label. Engine: ${chosen}.`);
  if (!fast)
    say('No fast engine is here, so the model is smaller and learns less; `tessera doctor` says how to get one.');
  const stop = listenForStop(() => {
    say('\nstopping after this step');
  });
  try {
    const interactive = process.stderr.isTTY;
    const reporters = [progressTo(interactive)];
    const { run, reason } = await pretrain(prepared, { out: path, interactive, reporters, stop: stop.signal });
    const { folder } = run;
    if (reason === 'interrupted') return 130;
    const { path: views } = await writePreview(prepared, {
      out: join(folder.root, 'views.png'),
      images: 12,
      recipe: 'demo',
      warn: (_code, message) => {
        say(message);
      },
    });
    const curve = writeLossCurve(folder.metrics, join(folder.root, 'loss.svg'));
    const { top1, untrainedTop1, bank, queries } = await evaluateKnn(path);
    say(`\nkNN on ${queries} test images (${bank} training images as the bank, chance 10 %):`);
    say(`  before  ${percent(untrainedTop1)}\n  after   ${percent(top1)}`);
    say(`\nviews       ${views}\nloss curve  ${curve}\nencoder     ${folder.encoder}`);
    say('\nNext: the same on your own images, a folder of JPEG or PNG files or of class folders:');
    const photos = shippedRecipe('simclr-photos-small.yaml') ?? 'RECIPE';
    say(`  ${commandLine(['pretrain', photos, '--data', 'DIR'])}`);
    return 0;
  } finally {
    stop.release();
  }
}

function demoRecipe(): string {
  const candidates = ['../../../../recipes/simclr-shapes-demo.yaml', '../../recipes/simclr-shapes-demo.yaml'].map(
    (path) => fileURLToPath(new URL(path, import.meta.url)),
  );
  const found = candidates.find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new TesseraError({
    code: 'E_DEMO_MISSING',
    message: 'the recipe of the demo is not installed',
    next: 'Run it from a checkout of the repository: npm run demo',
    kind: 'failure',
  });
}

async function engineFor(choice: string): Promise<string> {
  if (choice !== 'auto') return choice;
  return (await inspectEngines()).find(({ available }) => available)?.name ?? 'auto';
}

function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(1)} %`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
