import { TesseraError, type AnyExtension } from '@tessera/core';
import { z } from 'zod';
import { optionLines, type JsonSchema } from './option-table.ts';
import { knownExtensions } from './plugins.ts';

/** `tessera describe`: all extensions of that name, or the one of `KIND:NAME`. */
export async function describeCommand({
  name,
  recipe,
  json,
}: {
  readonly name: string;
  readonly recipe: string | undefined;
  readonly json: boolean;
}): Promise<void> {
  const { registry } = await knownExtensions(recipe);
  const entries = registry.list();
  const found = entries.filter(({ extension }) =>
    [extension.name, `${extension.kind}:${extension.name}`, `${extension.kind}/${extension.name}`].includes(name),
  );
  if (found.length === 0) {
    throw new TesseraError({
      code: 'E_EXTENSION_UNKNOWN',
      message: `nothing is named '${name}'`,
      next: `Known: ${[...new Set(entries.map(({ extension }) => extension.name))].join(', ')}. The list with summaries: tessera plugins`,
    });
  }
  if (json) {
    const described = found.map(({ extension, plugin }) => ({
      kind: extension.kind,
      name: extension.name,
      plugin,
      summary: extension.summary,
      options: schemaOf(extension),
    }));
    process.stdout.write(`${JSON.stringify(described.length === 1 ? described[0] : described)}\n`);
    return;
  }
  process.stdout.write(found.map(({ extension, plugin }) => describe(extension, plugin)).join('\n'));
}

function schemaOf({ schema }: AnyExtension): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
}

function describe(extension: AnyExtension, plugin: string): string {
  const lines = [
    `${extension.kind} ${extension.name}  (${plugin})`,
    `  ${extension.summary}`,
    '',
    ...optionLines(schemaOf(extension), '  '),
  ];
  if (extension.kind === 'method') {
    lines.push('', '  parts where the recipe names none:');
    for (const [kind, choice] of Object.entries(extension.defaults))
      lines.push(`    ${kind}: ${choice.name} ${JSON.stringify(choice.options ?? {})}`);
  }
  return `${lines.join('\n')}\n`;
}
