import { z } from 'zod';

/** The part of JSON Schema that says what kinds of values a zod schema takes, before its transforms. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: JsonSchema | boolean;
  readonly prefixItems?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly required?: readonly string[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
}

/** What a value may be, one schema a kind; none where a key is not known. */
export interface Forms {
  readonly forms: readonly JsonSchema[];
  /** Where `$ref` leads. */
  readonly root: JsonSchema;
}

export type JsonType = 'string' | 'number' | 'boolean' | 'null' | 'array' | 'object';
const ALL: readonly JsonType[] = ['string', 'number', 'boolean', 'null', 'array', 'object'];

/** Nothing is known of the value. */
export const anything: Forms = { forms: [{}], root: {} };

const known = new WeakMap<object, Forms>();

export function formsOf(schema: z.ZodType): Forms {
  const forms = known.get(schema) ?? translated(schema);
  known.set(schema, forms);
  return forms;
}

function translated(schema: z.ZodType): Forms {
  try {
    const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
    return { root, forms: flat(root, root) };
  } catch {
    return anything; // an extension that was not made by define*
  }
}

/** Alternatives side by side, references looked up. */
function flat(schema: JsonSchema, root: JsonSchema): readonly JsonSchema[] {
  const several = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (several) return several.flatMap((one) => flat(one, root));
  if (schema.not) return [];
  if (schema.$ref === undefined) return [schema];
  const target = schema.$ref === '#' ? root : root.$defs?.[schema.$ref.replace('#/$defs/', '')];
  return target ? flat(target, root) : [{}];
}

/** What may stand below a key or a position. */
export function below({ forms, root }: Forms, key: string): Forms {
  const found = forms.flatMap((form) => {
    if (isOpen(form)) return [{}];
    const children = [
      form.properties && Object.hasOwn(form.properties, key) ? form.properties[key] : form.additionalProperties,
      isPosition(key) ? (form.prefixItems?.[Number(key)] ?? form.items) : undefined,
    ];
    return children.flatMap((child) => (child === true ? [{}] : typeof child === 'object' ? flat(child, root) : []));
  });
  return { forms: found, root };
}

/** The kinds of values that are taken. */
export function typesOf({ forms }: Forms): ReadonlySet<JsonType> {
  return new Set(forms.flatMap(typesOfForm));
}

function typesOfForm(form: JsonSchema): readonly JsonType[] {
  if (isOpen(form)) return ALL;
  const values = form.enum ?? ('const' in form ? [form.const] : undefined);
  if (values) return values.map((value) => (value === null ? 'null' : (typeof value as JsonType)));
  return [form.type ?? []].flat().map((type) => (type === 'integer' ? 'number' : (type as JsonType)));
}

function isOpen({ type, enum: values, properties, items, prefixItems, additionalProperties, ...rest }: JsonSchema) {
  return !type && !values && !properties && !items && !prefixItems && !additionalProperties && !('const' in rest);
}

/** Whether a key counts the items of a list. */
export function isPosition(key: string): boolean {
  return /^(0|[1-9]\d*)$/.test(key);
}
