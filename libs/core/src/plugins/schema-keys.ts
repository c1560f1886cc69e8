import { z } from 'zod';

/** Inside what says how a value may be left out or is changed: the schemas of what a person writes. */
export function writtenForms(schema: unknown): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodPipe) return writtenForms(schema.in instanceof z.ZodTransform ? schema.out : schema.in);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(writtenForms);
  if (schema instanceof z.ZodIntersection) return [schema.def.left, schema.def.right].flatMap(writtenForms);
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
    return writtenForms(schema.unwrap());
  return schema instanceof z.ZodType ? [schema] : [];
}

/** The keys that objects at a path of a schema have, through lists, records and alternatives. */
export function keysAt(schema: z.ZodType, path: readonly PropertyKey[]): readonly string[] {
  const found = path.reduce<readonly z.core.$ZodType[]>(
    (forms, key) => forms.flatMap((form) => writtenForms(childOf(form, key))),
    writtenForms(schema),
  );
  return [...new Set(found.flatMap((form) => (form instanceof z.ZodObject ? Object.keys(form.shape) : [])))];
}

function childOf(form: z.core.$ZodType, key: PropertyKey): unknown {
  if (form instanceof z.ZodObject) return (form.shape as Record<PropertyKey, unknown>)[key];
  if (form instanceof z.ZodArray) return form.element;
  if (form instanceof z.ZodTuple) return form.def.items[Number(key)] ?? form.def.rest;
  if (form instanceof z.ZodRecord) return form.valueType;
  return undefined;
}
