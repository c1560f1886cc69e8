import { Command, CommanderError } from 'commander';
import { addBench } from './cli/bench-commands.ts';
import { addEval } from './cli/eval-commands.ts';
import { spreadSets, type Exit } from './cli/flags.ts';
import { addDoctor, addPluginCommands } from './cli/plugin-commands.ts';
import { addChecks, addDemo, addPretrain } from './cli/pretrain-commands.ts';
import { reportError } from './report-error.ts';

/** Parses and runs a command line. Commands are loaded when they are called, so that help is quick. @returns the exit code: 0 done, 1 failed, 2 wrong usage, 130 interrupted */
export async function runCli(args: readonly string[]): Promise<number> {
  let exitCode = 0;
  const program = buildProgram((code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(spreadSets(args), { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return reportError(error, { verbose: args.includes('--verbose') });
  }
}

/** Commands take over the settings of the program that they are added to, and stand in the help in this order. */
function buildProgram(exit: Exit): Command {
  const program = new Command('tessera')
    .description('Pre-train image encoders without labels, and measure what they learnt.')
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({
      outputError: (text, write) => {
        const known = text.replace(/^error: unknown option/, 'error: unknown flag');
        write(
          known === text ? text : `${known}Values of the recipe are changed by --set, e.g. --set trainer.epochs=20.\n`,
        );
      },
    })
    .showSuggestionAfterError()
    .showHelpAfterError('Run `tessera --help` or `tessera COMMAND --help`.');
  addPretrain(program, exit);
  addChecks(program);
  addEval(program);
  addBench(program);
  addPluginCommands(program);
  addDoctor(program);
  addDemo(program, exit);
  return program;
}
