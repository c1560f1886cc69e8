import { z } from 'zod';

/** Inside what says how a value may be left out or is changed: the schemas of what a person writes. */
export function writtenForms(schema: unknown): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodPipe) return writtenForms(schema.in instanceof z.ZodTransform ? schema.out : schema.in);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(writtenForms);
  if (schema instanceof z.ZodIntersection) return [schema.def.left, schema.def.right].flatMap(writtenForms);
  const inner = unwrapped(schema);
  if (inner !== undefined) return writtenForms(inner);
  return schema instanceof z.ZodType ? [schema] : [];
}

/** What stands inside a default, an optional and the like; undefined where the schema is none of them. */
export function unwrapped(schema: unknown): unknown {
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodNonOptional ||
    schema instanceof z.ZodReadonly ||
    schema instanceof z.ZodCatch ||
    schema instanceof z.ZodLazy
  )
    return schema.unwrap();
  return undefined;
}

/**
 * The keys that objects at a path of a schema have, through lists, records and alternatives.
 * @param value what was written, which says which alternative it is where they are told apart by a key
 */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[], value: unknown): readonly string[] {
  let forms = fitting(writtenForms(schema), value);
  let node = value;
  for (const key of path) {
    node = typeof node === 'object' && node !== null ? Reflect.get(node, key) : undefined;
    forms = fitting(
      forms.flatMap((form) => writtenForms(childOf(form, key))),
      node,
    );
  }
  return [...new Set(forms.flatMap((form) => (form instanceof z.ZodObject ? Object.keys(form.shape) : [])))];
}

/** Without the objects one of whose literals (`name: rotate`) the value has not; all where none is left. */
function fitting(forms: readonly z.core.$ZodType[], value: unknown): readonly z.core.$ZodType[] {
  if (typeof value !== 'object' || value === null) return forms;
  const fit = forms.filter(
    (form) =>
      !(form instanceof z.ZodObject) ||
      Object.entries(form.shape).every(
        ([key, child]) => !(child instanceof z.ZodLiteral) || child.safeParse(Reflect.get(value, key)).success,
      ),
  );
  return fit.length > 0 ? fit : forms;
}

function childOf(form: z.core.$ZodType, key: PropertyKey): unknown {
  if (form instanceof z.ZodObject) return (form.shape as Record<PropertyKey, unknown>)[key];
  if (form instanceof z.ZodArray) return form.element;
  if (form instanceof z.ZodTuple) return form.def.items[Number(key)] ?? form.def.rest;
  if (form instanceof z.ZodRecord) return form.valueType;
  return undefined;
}
