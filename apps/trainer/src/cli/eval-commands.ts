import type { Command } from 'commander';
import {
  addCommand,
  changesOf,
  deviceFlag,
  engineFlag,
  isGiven,
  jsonFlag,
  setFlag,
  textFlags,
  type Flags,
} from './flags.ts';

/** `eval` and what is below it. */
export function addEval(program: Command): void {
  const evaluation = addCommand(program, 'eval <name> <run>', 'measure a trained encoder by any evaluation')
    .enablePositionalOptions() // what stands behind a command below is that command's
    .option('--data <dir>', "folder with train/ and test/ (default: the run's)")
    .addOption(setFlag('k=20 (an option of the evaluation), data.options.testFolder=holdout'))
    .addOption(engineFlag())
    .addOption(deviceFlag)
    .addOption(jsonFlag)
    .action(async (name: string, run: string, flags: Flags) => {
      const { evalCommand } = await import('../commands/eval-any.ts');
      const { data, engine, device } = textFlags(flags);
      await evalCommand({ name, run, data, set: changesOf(flags), engine, device, json: isGiven(flags, 'json') });
    });

  addCommand(
    evaluation,
    'knn <run>',
    "weighted kNN in float32; bank: the run's own training subset, queries: all of DIR/test, else of DIR/val",
  )
    .option('--data <dir>', "folder with train/ and test/ (default: the run's)")
    .addOption(setFlag('data.options.testFolder=holdout; only what begins with data.'))
    .option('--k <count>', 'neighbours', '200')
    .option('--temperature <t>', 'of the votes', '0.1')
    .addOption(engineFlag())
    .addOption(deviceFlag)
    .addOption(jsonFlag)
    .action(async (run: string, flags: Flags) => {
      const { evalKnnCommand } = await import('../commands/eval-knn.ts');
      const { data, engine, device, k = '', temperature = '' } = textFlags(flags);
      await evalKnnCommand({
        run,
        data,
        set: changesOf(flags),
        engine,
        device,
        k: Number(k),
        temperature: Number(temperature),
        json: isGiven(flags, 'json'),
      });
    });

  addCommand(
    evaluation,
    'retrieval <run>',
    "retrieval of an image's other view, in float32; needs no labels: held-out images, or the run's own where there are none",
  )
    .option('--data <dir>', "folder with other images of the kind (default: the run's)")
    .option('--images <count>', 'at most so many images, evenly spread', '200')
    .option('--draws <count>', 'times that two views of each are drawn', '4')
    .addOption(engineFlag())
    .addOption(deviceFlag)
    .addOption(jsonFlag)
    .action(async (run: string, flags: Flags) => {
      const { evalRetrievalCommand } = await import('../commands/eval-retrieval.ts');
      const { data, engine, device, images = '', draws = '' } = textFlags(flags);
      await evalRetrievalCommand({
        run,
        data,
        engine,
        device,
        images: Number(images),
        draws: Number(draws),
        json: isGiven(flags, 'json'),
      });
    });
}
