import type { Command } from 'commander';
import { addCommand, isGiven, jsonFlag, textFlags, type Flags } from './flags.ts';

/** `plugins`, `describe` and `new`: what there is, and more of it. */
export function addPluginCommands(program: Command): void {
  addCommand(program, 'plugins [recipe]', 'list all extensions, those of a recipe included')
    .addOption(jsonFlag)
    .action(async (recipe: string | undefined, flags: Flags) => {
      const { pluginsCommand } = await import('../commands/plugins.ts');
      await pluginsCommand({ recipe, json: isGiven(flags, 'json') });
    });

  addCommand(
    program,
    'describe <name>',
    'options of an extension, KIND:NAME where several share the name; or of `recipe` and its sections',
  )
    .option('--recipe <file>', "know this recipe's plugins too")
    .option('--json', 'print the JSON schema')
    .action(async (name: string, flags: Flags) => {
      const { describeCommand } = await import('../commands/describe.ts');
      await describeCommand({ name, recipe: textFlags(flags).recipe, json: isGiven(flags, 'json') });
    });

  addCommand(
    program,
    'new <kind> <name>',
    'start a package of your own: a method, objective, augmenter, encoder or optimizer',
  )
    .option('--out <dir>', 'new or empty folder (default: tessera-plugin-NAME)')
    .action(async (kind: string, name: string, flags: Flags) => {
      const { newCommand } = await import('../commands/new.ts');
      newCommand({ kind, name, out: textFlags(flags).out });
    });
}

/** `doctor`. */
export function addDoctor(program: Command): void {
  addCommand(program, 'doctor', 'which engines load, which one `auto` takes, and why not the others')
    .addOption(jsonFlag)
    .action(async (flags: Flags) => {
      const { doctorCommand } = await import('../commands/doctor.ts');
      await doctorCommand({ json: isGiven(flags, 'json') });
    });
}
