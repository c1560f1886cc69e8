import { nearest, TesseraError, type AnyExtension } from '@tessera/core';
import { z } from 'zod';
import { recipeSchema } from '@tessera/run/parts';
import { objectOf, optionLines, type JsonSchema } from './option-table.ts';
import { knownExtensions } from './plugins.ts';

/** `tessera describe`: all extensions of that name, or the one of `KIND:NAME`; or a section of the recipe. */
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
  const section = recipeSection(name);
  if (found.length === 0 && !section) {
    const guess = nearest(name, [
      ...Object.keys(recipeSections()),
      ...entries.flatMap(({ extension: { kind, name: own } }) => [own, `${kind}:${own}`]),
    ]);
    throw new TesseraError({
      code: 'E_EXTENSION_UNKNOWN',
      message: `nothing is named '${name}'${guess === undefined ? '' : `; did you mean '${guess}'?`}`,
      next: `Known: recipe, ${Object.keys(recipeSections()).join(', ')} (sections of a recipe), ${[...new Set(entries.map(({ extension }) => extension.name))].join(', ')}. The list with summaries: tessera plugins`,
    });
  }
  if (json) {
    const described: object[] = found.map(({ extension, plugin }) => ({
      kind: extension.kind,
      name: extension.name,
      plugin,
      summary: extension.summary,
      options: jsonSchemaOf(extension.schema),
      ...('objectives' in extension && { objectives: extension.objectives }),
      ...('methods' in extension && { methods: extension.methods }),
    }));
    if (section) described.push({ kind: 'recipe', name, plugin: '@tessera/trainer', ...section });
    process.stdout.write(`${JSON.stringify(described.length === 1 ? described[0] : described)}\n`);
    return;
  }
  const texts = found.map(({ extension, plugin }) => describe(extension, plugin));
  if (section) texts.unshift(describeSection(name, section));
  process.stdout.write(texts.join('\n'));
}

function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
}

/** A part of a recipe that is the trainer's own. */
interface Section {
  readonly summary: string;
  readonly options: JsonSchema;
}

/** The keys of a recipe that hold further keys of the trainer's; those that hold an extension are described by its name. */
function recipeSections(): Readonly<Record<string, JsonSchema>> {
  const { properties = {} } = jsonSchemaOf(recipeSchema);
  return Object.fromEntries(['data', 'trainer', 'checkpoint', 'evaluation'].map((key) => [key, properties[key] ?? {}]));
}

function recipeSection(name: string): Section | undefined {
  if (name === 'recipe') return { summary: 'What a recipe file may say.', options: jsonSchemaOf(recipeSchema) };
  const options = recipeSections()[name];
  return options && { summary: options.description ?? '', options };
}

function describeSection(name: string, { summary, options }: Section): string {
  const heading = name === 'recipe' ? 'recipe' : `recipe section ${name}`;
  return `${[heading, `  ${summary}`, '', ...optionLines(objectOf(options) ?? options, '  ')].join('\n')}\n`;
}

function describe(extension: AnyExtension, plugin: string): string {
  const lines = [
    `${extension.kind} ${extension.name}  (${plugin})`,
    `  ${extension.summary}`,
    '',
    ...optionLines(jsonSchemaOf(extension.schema), '  '),
  ];
  if (extension.kind === 'objective' && extension.methods)
    lines.push('', `  belongs to: method ${extension.methods.join(', ')}`);
  if (extension.kind === 'method') {
    if (extension.objectives) lines.push('', `  its objective: ${extension.objectives.join(', ')}`);
    lines.push('', '  parts where the recipe names none:');
    for (const [name, { kind, default: choice }] of Object.entries(extension.parts))
      lines.push(
        `    ${name}: ${choice.name} ${JSON.stringify(choice.options ?? {})}${name === kind ? '' : `  (${kind}, under parts:)`}`,
      );
    for (const [kind, choice] of Object.entries(extension.defaults))
      lines.push(`    ${kind}: ${choice.name} ${JSON.stringify(choice.options ?? {})}`);
  }
  return `${lines.join('\n')}\n`;
}
