import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * Where indexes of data sets are kept: the folder `index` in `TESSERA_CACHE`, else in `$XDG_CACHE_HOME/tessera`, else in
 * `~/.cache/tessera`. Never in the data folder. None with `TESSERA_CACHE=off`.
 */
export function indexFolder(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const { TESSERA_CACHE: own, XDG_CACHE_HOME: base, HOME: home = homedir() } = env;
  if (own === 'off') return undefined;
  if (own !== undefined && own !== '') return join(own, 'index');
  return join(base !== undefined && isAbsolute(base) ? base : join(home, '.cache'), 'tessera', 'index');
}
