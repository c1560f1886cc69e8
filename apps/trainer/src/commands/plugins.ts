import { collectExtensions, type Extensions } from '@tessera/run/parts';
import { builtins } from '../builtins.ts';
import { prepare } from '../prepare.ts';
import { tellNotices } from '../reporters/tell-notices.ts';

/** The built-in extensions, with those of a recipe's plugins where a recipe is given. */
export async function knownExtensions(recipe: string | undefined): Promise<Extensions> {
  if (recipe === undefined) return collectExtensions(builtins);
  const prepared = await prepare(recipe);
  tellNotices(prepared.notices);
  return prepared;
}

/** `tessera plugins`. */
export async function pluginsCommand({
  recipe,
  json,
}: {
  readonly recipe: string | undefined;
  readonly json: boolean;
}): Promise<void> {
  const { registry } = await knownExtensions(recipe);
  const rows = registry
    .list()
    .map(({ extension: { kind, name, summary }, plugin }) => ({ kind, name, plugin, summary }));
  if (json) {
    process.stdout.write(`${JSON.stringify({ extensions: rows })}\n`);
    return;
  }
  const kinds = [...new Set(rows.map(({ kind }) => kind))];
  const width = Math.max(...rows.map(({ name }) => name.length));
  const pluginWidth = Math.max(...rows.map(({ plugin }) => plugin.length));
  for (const kind of kinds) {
    process.stdout.write(`${kind}\n`);
    for (const row of rows.filter((candidate) => candidate.kind === kind)) {
      process.stdout.write(`  ${row.name.padEnd(width)}  ${row.plugin.padEnd(pluginWidth)}  ${row.summary}\n`);
    }
  }
  process.stdout.write('\nOptions of one: tessera describe NAME\n');
}
