import { existsSync, realpathSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';

/** What says how this program was started. */
export interface Invocation {
  /** `TESSERA_INVOKED_AS`: the file that was started, from bin/tessera.mjs. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}

/** A command that works where the person stands, as they typed this one: through npm, npx, a link on the path or Node. */
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
  if (PATH.split(delimiter).includes(dirname(file)) && !file.endsWith('.mjs')) return basename(file);
  if (isInstalled(file, cwd)) return 'npx tessera';
  return file.endsWith('.mjs') ? `node ${quoted(file)}` : quoted(file);
}

/** Whether npx finds the same file from here. */
function isInstalled(file: string, folder: string): boolean {
  const link = join(folder, 'node_modules/.bin/tessera');
  if (existsSync(link)) return existsSync(file) && realpathSync(link) === realpathSync(file);
  return dirname(folder) !== folder && isInstalled(file, dirname(folder));
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
