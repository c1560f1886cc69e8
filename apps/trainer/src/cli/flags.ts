/** Flags that several commands have, and what commander makes of them. */
import { Option, type Command } from 'commander';

/** What commander parsed. */
export type Flags = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** Tells the exit code of a command that has one of its own. */
export type Exit = (code: number) => void;

export const jsonFlag = new Option('--json', 'print one JSON object');
export const deviceFlag = new Option('--device <name>', 'of the torch engine: auto, cpu, cuda or cuda:1');
export const precisionFlag = new Option('--precision <name>', 'f32 or bf16');
export const pairsFlag = new Option('--pairs <count>', 'alternating runs with --peer (default: 9)');

export const engineFlag = (says = 'auto, torch, tensorflow, wasm or cpu') => new Option('--engine <name>', says);

/** @param example a change that makes sense for the command */
export const setFlag = (example: string) =>
  new Option('--set <key=value>', `change recipe values, e.g. ${example}; several may follow, null: the default`)
    .default([])
    .argParser((value: string, earlier: readonly string[]): readonly string[] => [...earlier, value]);

/**
 * Several values after one `--set` as one `--set` each. What looks like `key=value` belongs to it, and nothing else does, so that a recipe
 * may come after.
 */
export function spreadSets(args: readonly string[]): readonly string[] {
  const spread: string[] = [];
  let inSet = false;
  for (const [i, arg] of args.entries()) {
    if (arg === '--') return [...spread, ...args.slice(i)];
    const isFirst = args[i - 1] === '--set';
    if (inSet && !isFirst && /^[A-Za-z_]\w*(\.[\w-]+)*=/.test(arg)) spread.push('--set');
    else inSet = isFirst || arg === '--set' || arg.startsWith('--set=');
    spread.push(arg);
  }
  return spread;
}

/** Adds a command. @param usage its name and its arguments */
export function addCommand(parent: Command, usage: string, description: string): Command {
  return parent.command(usage).description(description).option('--verbose', 'show stacks of errors');
}

/** The flags that carry text. */
export function textFlags(flags: Flags): Partial<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(flags).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** Whether a flag without a value was given. */
export function isGiven(flags: Flags, name: string): boolean {
  return flags[name] === true;
}

/** What {@link setFlag} collected. */
export function changesOf(flags: Flags): readonly string[] {
  return flags['set'] as readonly string[];
}
