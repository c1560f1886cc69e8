import { engineNames, type EngineName } from '@tessera/engine';
import { parseArgs } from 'node:util';

export const usage = 'usage: npm run parity -- --oracles DIR [--engine E] [--exclude FILE...]';

export interface ParityOptions {
  readonly oracles: string;
  readonly engine: EngineName | 'auto';
  /** Stems to leave out. */
  readonly exclude: ReadonlySet<string>;
}

/** @param args `--exclude` takes several names, may be repeated, and takes them with or without `.json` */
export function parseOptions(args: readonly string[]): ParityOptions {
  const { values, positionals, tokens } = parseArgs({
    args: [...args],
    options: {
      oracles: { type: 'string' },
      engine: { type: 'string', default: 'auto' },
      exclude: { type: 'string', multiple: true, default: [] },
    },
    allowPositionals: true,
    tokens: true,
  });
  if (values.oracles === undefined) throw new Error(`--oracles is missing; ${usage}`);
  const engine = (['auto', ...engineNames] as const).find((name) => name === values.engine);
  if (engine === undefined) {
    throw new Error(`no engine '${values.engine}'; there are auto, ${engineNames.join(', ')}`);
  }
  // A word of its own belongs to an --exclude before it.
  const firstWord = tokens.find(({ kind }) => kind === 'positional');
  const before = tokens.filter((token) => token.kind === 'option' && token.index < (firstWord?.index ?? 0)).at(-1);
  if (firstWord && !(before?.kind === 'option' && before.name === 'exclude')) {
    throw new Error(`'${positionals.join(' ')}' is no option; ${usage}`);
  }
  const exclude = new Set([...values.exclude, ...positionals].map((file) => file.replace(/\.json$/, '')));
  return { oracles: values.oracles, engine, exclude };
}
