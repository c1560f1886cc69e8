import type { Command } from 'commander';
import {
  addCommand,
  changesOf,
  deviceFlag,
  engineFlag,
  isGiven,
  jsonFlag,
  pairsFlag,
  precisionFlag,
  setFlag,
  textFlags,
  type Flags,
} from './flags.ts';

/** `bench` and what is below it. */
export function addBench(program: Command): void {
  const bench = program.command('bench').description('measure speed, also against another program');
  addStep(bench);
  addViews(bench);
  addPipeline(bench);
}

function addStep(bench: Command): void {
  addCommand(bench, 'step', 'one training step of SimCLR, as pretrain does it, on random images')
    .option('--encoder <name>', 'resnet18, resnet34, resnet50, resnet101 or resnet152', 'resnet18')
    .option('--size <pixels>', 'height and width of the images', '32')
    .option('--stem <kind>', 'imagenet or cifar (default: imagenet from 64 pixels on)')
    .option('--batch <pairs>', 'images in a step, each in two views', '64')
    .option('--steps <count>', 'steps that count', '10')
    .option('--warmup <count>', 'steps before them', '2')
    .option('--precision <name>', 'f32 or bf16', 'f32')
    .addOption(engineFlag().default('auto'))
    .addOption(deviceFlag)
    .option('--threads <count>', 'of the engine (default: all cores)')
    .addOption(setFlag('encoder.options.widthMultiplier=2'))
    .option('--profile', 'time of each kernel')
    .option(
      '--peer <command>',
      'alternate with a program whose last line is JSON with pairs_per_s_median or pairsPerSecond',
    )
    .addOption(pairsFlag)
    .addOption(jsonFlag)
    .action(async (flags: Flags) => {
      const { benchStepCommand } = await import('../commands/bench-step.ts');
      await benchStepCommand({
        values: textFlags(flags),
        set: changesOf(flags),
        profile: isGiven(flags, 'profile'),
        json: isGiven(flags, 'json'),
      });
    });
}

function addViews(bench: Command): void {
  addCommand(
    bench,
    'views',
    'decoding and augmentation of images, as the loader does it, per core, in all and by stage',
  )
    .requiredOption('--task <name>', 'simclr224, swav224 or cifar')
    .requiredOption('--data <dir>', 'folder of images: DIR/train where there is one, else DIR')
    .option('--blur <kind>', "pil, or gaussian: torchvision's 23 taps (default: pil)")
    .option('--pixels <type>', 'uint8 or float32', 'float32')
    .option('--workers <count>', 'threads of the rate in all; 0: the main thread (default: all cores)')
    .option('--images <count>', 'at most so many (default: 200; cifar: 2000)')
    .option('--rounds <count>', 'passes that count, after one that does not', '5')
    .option('--no-stages', 'leave out the time by stage')
    .option(
      '--peer <command>',
      'alternate with a program that prints JSON with views_per_s_per_core_median or viewsPerSecondPerCore',
    )
    .addOption(pairsFlag)
    .addOption(jsonFlag)
    .action(async (flags: Flags) => {
      const { benchViewsCommand } = await import('../commands/bench-views.ts');
      await benchViewsCommand({
        values: textFlags(flags),
        stages: isGiven(flags, 'stages'),
        json: isGiven(flags, 'json'),
      });
    });
}

function addPipeline(bench: Command): void {
  addCommand(
    bench,
    'pipeline <recipe>',
    'images per second of loader and engine, each alone and both together, as pretrain has them, and time per op',
  )
    .option('--data <dir>', 'folder of images: DIR/train where there is one, else DIR')
    .option('--steps <count>', 'steps of each measurement that count', '30')
    .option('--rounds <count>', 'measurements of each kind', '3')
    .addOption(engineFlag())
    .addOption(deviceFlag)
    .addOption(precisionFlag)
    .addOption(setFlag('data.workers=4'))
    .option('--profile', "time of each of the engine's kernels too")
    .addOption(jsonFlag)
    .action(async (recipe: string, flags: Flags) => {
      const { benchPipelineCommand } = await import('../commands/bench-pipeline.ts');
      await benchPipelineCommand({
        recipe,
        values: textFlags(flags),
        set: changesOf(flags),
        profile: isGiven(flags, 'profile'),
        json: isGiven(flags, 'json'),
      });
    });
}
