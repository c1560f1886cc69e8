import { basename, dirname, delimiter, relative } from 'node:path';

/** What says how this program was started. */
export interface Invocation {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** A command as the person would type it, by the way this program was started: through npm, npx, a link on the path or Node. */
export function commandLine(
  args: readonly string[],
  { env, cwd }: Invocation = { env: process.env, cwd: process.cwd() },
): string {
  return [programName(env, cwd), ...args.map(quoted)].join(' ');
}

function programName(env: Invocation['env'], cwd: string): string {
  const { npm_lifecycle_event: script, npm_command: npm, TESSERA_INVOKED_AS: file, PATH = '' } = env;
  if (script === 'tessera' || script === 'demo') return 'npm run tessera --';
  if (npm !== undefined) return 'npx tessera';
  if (file === undefined) return 'tessera';
  if (!file.endsWith('.mjs')) return PATH.split(delimiter).includes(dirname(file)) ? basename(file) : quoted(file);
  const way = relative(cwd, file);
  return `node ${quoted(way.startsWith('..') ? file : way)}`;
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
