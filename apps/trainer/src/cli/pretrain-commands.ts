import type { Command } from 'commander';
import {
  addCommand,
  changesOf,
  deviceFlag,
  engineFlag,
  isGiven,
  jsonFlag,
  precisionFlag,
  setFlag,
  textFlags,
  type Exit,
  type Flags,
} from './flags.ts';

/** `pretrain`. */
export function addPretrain(program: Command, exit: Exit): void {
  addCommand(program, 'pretrain [recipe]', 'train an encoder by a recipe (YAML, JSON or TypeScript)')
    .option('--data <dir>', 'folder of images: trains on DIR/train where there is one, else on DIR; never on DIR/test')
    .addOption(setFlag('trainer.epochs=20'))
    .option('--out <dir>', 'run folder (default: runs/<recipe>-<time>)')
    .addOption(engineFlag())
    .addOption(deviceFlag)
    .addOption(precisionFlag)
    .option('--resume <run>', 'continue a run from its newest checkpoint')
    .action(async (recipe: string | undefined, flags: Flags) => {
      const { pretrainCommand } = await import('../commands/pretrain.ts');
      exit(await pretrainCommand({ recipe, ...textFlags(flags), set: changesOf(flags) }));
    });
}

/** `check` and `preview`: a recipe before it runs. */
export function addChecks(program: Command): void {
  addCommand(
    program,
    'check <recipe>',
    'what a recipe means and costs, and what it may have got wrong; reads no images',
  )
    .option('--data <dir>', 'folder of images, as for pretrain: counts them, and the steps')
    .addOption(setFlag('trainer.epochs=20'))
    .addOption(engineFlag('that counts: auto, torch, tensorflow, wasm or cpu').default('auto'))
    .addOption(jsonFlag)
    .action(async (recipe: string, flags: Flags) => {
      const { checkCommand } = await import('../commands/check.ts');
      const { data, engine } = textFlags(flags);
      await checkCommand({ recipe, data, engine, set: changesOf(flags), json: isGiven(flags, 'json') });
    });

  addCommand(
    program,
    'preview <recipe>',
    'a contact sheet of the views that the encoder sees: rows images, columns views',
  )
    .option('--data <dir>', 'folder of images, as for pretrain')
    .option('--out <file>', 'PNG file to write; an old one is replaced', 'preview.png')
    .option('--images <count>', 'rows, 1 to 100, spread over the training images', '8')
    .option('--seed <number>', "another seed than the recipe's: the same images, other views")
    .addOption(setFlag('augmenter.options.strength=0.5'))
    .action(async (recipe: string, flags: Flags) => {
      const { previewCommand } = await import('../commands/preview.ts');
      const { data, out = '', images = '', seed } = textFlags(flags);
      await previewCommand({ recipe, data, out, images, seed, set: changesOf(flags) });
    });
}

/** `demo`. */
export function addDemo(program: Command, exit: Exit): void {
  addCommand(program, 'demo', 'pre-train SimCLR on procedural shapes, with kNN before and after')
    .option('--out <dir>', 'run folder (default: runs/demo-<time>)')
    .addOption(engineFlag().default('auto'))
    .action(async (flags: Flags) => {
      const { demoCommand } = await import('../commands/demo.ts');
      exit(await demoCommand(textFlags(flags)));
    });
}
