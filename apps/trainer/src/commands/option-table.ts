/** The part of JSON Schema that zod writes for option schemas. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly items?: JsonSchema | false;
  readonly prefixItems?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
}

/** One line an option: name, type with its range, default, meaning; nested options are indented. */
export function optionLines(schema: JsonSchema, indent: string): readonly string[] {
  const options = Object.entries(schema.properties ?? {});
  if (options.length === 0) return [`${indent}no options`];
  const rows = options.map(([name, option]) => ({
    name,
    type: typeText(option),
    fallback:
      option.default === undefined
        ? schema.required?.includes(name) === true
          ? 'required'
          : '-'
        : JSON.stringify(option.default),
    option,
  }));
  const [nameWidth, typeWidth, defaultWidth] = (['name', 'type', 'fallback'] as const).map((key) =>
    Math.min(36, Math.max(...rows.map((row) => row[key].length), 7)),
  );
  const line = (name: string, type: string, fallback: string, meaning: string): string =>
    `${indent}${name.padEnd(nameWidth ?? 0)}  ${type.padEnd(typeWidth ?? 0)}  ${fallback.padEnd(defaultWidth ?? 0)}  ${meaning}`.trimEnd();
  return [
    line('option', 'type', 'default', 'meaning'),
    ...rows.flatMap(({ name, type, fallback, option }) => {
      const nested = objectOf(option);
      return [
        line(name, type, fallback, option.description ?? ''),
        ...(nested ? optionLines(nested, `${indent}    `) : []),
      ];
    }),
  ];
}

/** The object among what a value may be: itself, a list's items, or an alternative. */
export function objectOf(schema: JsonSchema): JsonSchema | undefined {
  if (schema.properties) return schema;
  if (schema.items) return objectOf(schema.items);
  return schema.anyOf?.map(objectOf).find((candidate) => candidate !== undefined);
}

/** `number > 0`, `integer 1..4096`, `bilinear | bicubic`, `[number, number]`. */
export function typeText(schema: JsonSchema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum)
    return schema.enum.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(' | ');
  if (schema.anyOf) return schema.anyOf.map(typeText).join(' | ');
  if (schema.prefixItems) return `[${schema.prefixItems.map(typeText).join(', ')}]`;
  if (schema.type === 'array') return `list of ${schema.items ? typeText(schema.items) : 'values'}`;
  const name = Array.isArray(schema.type)
    ? schema.type.join(' | ')
    : typeof schema.type === 'string'
      ? schema.type
      : 'any';
  const range = rangeText(schema);
  return range ? `${name} ${range}` : name;
}

function rangeText({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  const top = maximum !== undefined && Math.abs(maximum) >= Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const bottom = minimum !== undefined && Math.abs(minimum) >= Number.MAX_SAFE_INTEGER ? undefined : minimum;
  if (bottom !== undefined && top !== undefined) return `${bottom}..${top}`;
  const low = exclusiveMinimum !== undefined ? `> ${exclusiveMinimum}` : bottom !== undefined ? `>= ${bottom}` : '';
  const high = exclusiveMaximum !== undefined ? `< ${exclusiveMaximum}` : top !== undefined ? `<= ${top}` : '';
  return [low, high].filter((part) => part !== '').join(', ');
}
