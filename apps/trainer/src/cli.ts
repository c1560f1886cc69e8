import { Command, CommanderError } from 'commander';
import { reportError } from './report-error.ts';

type Flags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** Parses and runs a command line. Commands are loaded when they are called, so that help is quick. @returns the exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted */
export async function runCli(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = buildProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return reportError(error, { verbose: args.includes('--verbose') });
  }
}

const collect = (value: string, earlier: readonly string[]): readonly string[] => [...earlier, value];

function buildProgram(exit: (code: number) => void): Command {
  const program = new Command('tessera')
    .description('Pre-train image encoders without labels, and measure what they learnt.')
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => {
        write(text.replace(/^error: unknown option/, 'error: unknown flag'));
      },
    })
    .showSuggestionAfterError()
    .showHelpAfterError('Run `tessera --help` or `tessera COMMAND --help`.');
  const command = (usage: string, description: string): Command =>
    program.command(usage).description(description).option('--verbose', 'show stacks of errors').exitOverride();

  command('pretrain [recipe]', 'train an encoder by a recipe (YAML, JSON or TypeScript)')
    .option('--data <dir>', 'folder of images: trains on DIR/train where there is one, else on DIR; never on DIR/test')
    .option('--set <key=value>', 'change a recipe value, e.g. trainer.epochs=20; repeatable', collect, [])
    .option('--out <dir>', 'run folder (default: runs/<recipe>-<time>)')
    .option('--engine <name>', 'auto, torch, tensorflow, wasm or cpu')
    .option('--device <name>', 'of the torch engine: auto, cpu, cuda or cuda:1')
    .option('--precision <name>', 'f32 or bf16')
    .option('--resume <run>', 'continue a run from its newest checkpoint')
    .action(async (recipe: string | undefined, flags: Flags) => {
      const { pretrainCommand } = await import('./commands/pretrain.ts');
      exit(await pretrainCommand({ recipe, ...textFlags(flags), set: flags['set'] as readonly string[] }));
    });

  command('check <recipe>', 'what a recipe means and costs, and what it may have got wrong; reads no images')
    .option('--set <key=value>', 'change a recipe value, e.g. trainer.epochs=20; repeatable', collect, [])
    .option('--engine <name>', 'that counts: auto, torch, tensorflow, wasm or cpu', 'auto')
    .option('--json', 'print one JSON object')
    .action(async (recipe: string, flags: Flags) => {
      const { checkCommand } = await import('./commands/check.ts');
      const { engine } = textFlags(flags);
      await checkCommand({ recipe, engine, set: flags['set'] as readonly string[], json: flags['json'] === true });
    });

  command('preview <recipe>', 'a contact sheet of the views that the encoder sees: rows images, columns views')
    .option('--data <dir>', 'folder of images, as for pretrain')
    .option('--out <file>', 'PNG file to write; an old one is replaced', 'preview.png')
    .option('--images <count>', 'rows, 1 to 100, spread over the training images', '8')
    .option('--seed <number>', "another seed than the recipe's: the same images, other views")
    .option('--set <key=value>', 'change a recipe value, e.g. augmenter.options.strength=0.5; repeatable', collect, [])
    .action(async (recipe: string, flags: Flags) => {
      const { previewCommand } = await import('./commands/preview.ts');
      const { data, out = '', images = '', seed } = textFlags(flags);
      await previewCommand({ recipe, data, out, images, seed, set: flags['set'] as readonly string[] });
    });

  const evaluation = program.command('eval').description('measure a trained encoder').exitOverride();
  evaluation
    .command('knn <run>')
    .description("weighted kNN in float32; bank: the run's own training subset, queries: all of DIR/test")
    .option('--data <dir>', "folder with train/ and test/ (default: the run's)")
    .option('--k <count>', 'neighbours', '200')
    .option('--temperature <t>', 'of the votes', '0.1')
    .option('--engine <name>', 'auto, torch, tensorflow, wasm or cpu')
    .option('--device <name>', 'of the torch engine: auto, cpu, cuda or cuda:1')
    .option('--json', 'print one JSON object')
    .option('--verbose', 'show stacks of errors')
    .exitOverride()
    .action(async (run: string, flags: Flags) => {
      const { evalKnnCommand } = await import('./commands/eval-knn.ts');
      const { data, engine, device, k = '', temperature = '' } = textFlags(flags);
      await evalKnnCommand({
        run,
        data,
        engine,
        device,
        k: Number(k),
        temperature: Number(temperature),
        json: flags['json'] === true,
      });
    });

  const bench = program.command('bench').description('measure speed, also against another program').exitOverride();
  bench
    .command('step')
    .description('one training step of SimCLR, as pretrain does it, on random images')
    .option('--encoder <name>', 'resnet18, resnet34, resnet50, resnet101 or resnet152', 'resnet18')
    .option('--size <pixels>', 'height and width of the images', '32')
    .option('--stem <kind>', 'imagenet or cifar (default: imagenet from 64 pixels on)')
    .option('--batch <pairs>', 'images in a step, each in two views', '64')
    .option('--steps <count>', 'steps that count', '10')
    .option('--warmup <count>', 'steps before them', '2')
    .option('--precision <name>', 'f32 or bf16', 'f32')
    .option('--engine <name>', 'auto, torch, tensorflow, wasm or cpu', 'auto')
    .option('--device <name>', 'of the torch engine: auto, cpu, cuda or cuda:1')
    .option('--threads <count>', 'of the engine (default: all cores)')
    .option(
      '--set <key=value>',
      'change a recipe value, e.g. encoder.options.widthMultiplier=2; repeatable',
      collect,
      [],
    )
    .option('--profile', 'time of each kernel')
    .option(
      '--peer <command>',
      'alternate with a program whose last line is JSON with pairs_per_s_median or pairsPerSecond',
    )
    .option('--pairs <count>', 'alternating runs with --peer (default: 9)')
    .option('--json', 'print one JSON object')
    .option('--verbose', 'show stacks of errors')
    .exitOverride()
    .action(async ({ set, profile, json, ...flags }: Flags) => {
      const { benchStepCommand } = await import('./commands/bench-step.ts');
      await benchStepCommand({
        values: textFlags(flags),
        set: set as readonly string[],
        profile: profile === true,
        json: json === true,
      });
    });

  bench
    .command('views')
    .description('decoding and augmentation of images, as the loader does it, per core, in all and by stage')
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
    .option('--pairs <count>', 'alternating runs with --peer (default: 9)')
    .option('--json', 'print one JSON object')
    .option('--verbose', 'show stacks of errors')
    .exitOverride()
    .action(async ({ stages, json, ...flags }: Flags) => {
      const { benchViewsCommand } = await import('./commands/bench-views.ts');
      await benchViewsCommand({ values: textFlags(flags), stages: stages !== false, json: json === true });
    });

  bench
    .command('pipeline <recipe>')
    .description('images per second of loader and engine, each alone and both together, as pretrain has them')
    .option('--data <dir>', 'folder of images: DIR/train where there is one, else DIR')
    .option('--steps <count>', 'steps of each measurement that count', '30')
    .option('--rounds <count>', 'measurements of each kind', '3')
    .option('--engine <name>', 'auto, torch, tensorflow, wasm or cpu')
    .option('--device <name>', 'of the torch engine: auto, cpu, cuda or cuda:1')
    .option('--precision <name>', 'f32 or bf16')
    .option('--set <key=value>', 'change a recipe value, e.g. data.workers=4; repeatable', collect, [])
    .option('--json', 'print one JSON object')
    .option('--verbose', 'show stacks of errors')
    .exitOverride()
    .action(async (recipe: string, { set, json, ...flags }: Flags) => {
      const { benchPipelineCommand } = await import('./commands/bench-pipeline.ts');
      await benchPipelineCommand({
        recipe,
        values: textFlags(flags),
        set: set as readonly string[],
        json: json === true,
      });
    });

  command('plugins [recipe]', 'list all extensions, those of a recipe included')
    .option('--json', 'print one JSON object')
    .action(async (recipe: string | undefined, flags: Flags) => {
      const { pluginsCommand } = await import('./commands/plugins.ts');
      await pluginsCommand({ recipe, json: flags['json'] === true });
    });

  command(
    'describe <name>',
    'options of an extension, KIND:NAME where several share the name; or of `recipe` and its sections',
  )
    .option('--recipe <file>', "know this recipe's plugins too")
    .option('--json', 'print the JSON schema')
    .action(async (name: string, flags: Flags) => {
      const { describeCommand } = await import('./commands/describe.ts');
      await describeCommand({ name, recipe: textFlags(flags).recipe, json: flags['json'] === true });
    });

  command('new <kind> <name>', 'start a package of your own: a method, objective, augmenter, encoder or optimizer')
    .option('--out <dir>', 'new or empty folder (default: tessera-plugin-NAME)')
    .action(async (kind: string, name: string, flags: Flags) => {
      const { newCommand } = await import('./commands/new.ts');
      newCommand({ kind, name, out: textFlags(flags).out });
    });

  command('doctor', 'which engines load, which one `auto` takes, and why not the others')
    .option('--json', 'print one JSON object')
    .action(async (flags: Flags) => {
      const { doctorCommand } = await import('./commands/doctor.ts');
      await doctorCommand({ json: flags['json'] === true });
    });

  command('demo', 'pre-train SimCLR on procedural shapes, with kNN before and after')
    .option('--out <dir>', 'run folder (default: runs/demo-<time>)')
    .option('--engine <name>', 'auto, torch, tensorflow, wasm or cpu', 'auto')
    .action(async (flags: Flags) => {
      const { demoCommand } = await import('./commands/demo.ts');
      exit(await demoCommand(textFlags(flags)));
    });
  return program;
}

/** The flags that carry text. */
function textFlags(flags: Flags): Partial<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(flags).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}
