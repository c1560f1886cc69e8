import { messageOf } from '@tessera/core';
import { CST, isAlias, isMap, isScalar, isSeq, Lexer, parseDocument, Scalar } from 'yaml';
import { syntax, type Assignment } from './assignment.ts';
import { below, typesOf, type Forms, type JsonType } from './json-schema.ts';
import { placeOf } from './part-places.ts';
import { textList } from './text-list.ts';

/** What may stand at a path, and how a map read from `--set` changes that below it. */
export interface Reader {
  readonly formsAt: (path: readonly string[]) => Forms;
  /** A map at a path may name the part whose options are in it. */
  readonly within: (path: readonly string[], nameIn: (key: string) => string | undefined) => Reader;
}

/**
 * The value of an assignment. A text by its schema is taken as it is typed, whatever YAML would make of it; `null` is null; all else is
 * YAML, in which texts are read by their schemas too.
 * @returns `undefined` for a `null` that the schema does not take
 * @throws TesseraError `E_SET_SYNTAX`
 */
export function valueOf(assignment: Assignment, reader: Reader): unknown {
  const { path, text, shown } = assignment;
  const forms = reader.formsAt(path);
  const types = typesOf(forms);
  if (text === 'null') return types.has('null') || types.size === 0 ? null : undefined;
  if (types.size === 0 || isOnlyText(types)) return text; // an unknown key: whoever checks the recipe says so
  if (text.trim() === '' && !types.has('string'))
    throw syntax(shown, 'has no value', 'Give one, or null to go back to the default.');
  if (types.has('array') && isOnlyText(typesOf(below(forms, '0')))) {
    const list = textList(text);
    if (list || types.has('string')) return list ?? textOr(text, types);
    if (!types.has('object') && !/^\s*\[/.test(text)) return text; // a list that lacks its brackets
    if (!types.has('object')) throw syntax(shown, 'is not a list of texts', 'Write [one, "two, with a comma"].');
  }
  const isCollection = /^\s*(\[.*\]|\{.*\})\s*$/s.test(text);
  const takesCollection = types.has('object') || types.has('array');
  if (types.has('string') && !(takesCollection && isCollection)) return textOr(text, types);
  return readYaml(assignment, reader);
}

function isOnlyText(types: ReadonlySet<JsonType>): boolean {
  return types.has('string') && [...types].every((type) => type === 'string' || type === 'null');
}

/** Text, unless it is one of the other things that are taken and reads as nothing else. */
function textOr(text: string, types: ReadonlySet<JsonType>): unknown {
  if (types.has('boolean') && /^(true|false)$/.test(text)) return text === 'true';
  // 012 is no number that would be written so.
  if (types.has('number') && /^[-+]?((?!0\d)\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) return Number(text);
  return text;
}

const STRANGE: Readonly<Partial<Record<string, string>>> = {
  comment: 'a comment',
  tag: 'a tag',
  anchor: 'an anchor',
  alias: 'an alias',
};

function readYaml({ shown, text, path }: Assignment, reader: Reader): unknown {
  const quote = 'Leave it out; in a list or a map, a text that has it goes in quotes.';
  const strange = strangeToken(text);
  if (strange) throw syntax(shown, `has ${strange.what}, ${strange.token}, where only a value is taken`, quote);
  const document = parseDocument(text);
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) throw syntax(shown, `has a value that is not YAML: ${problem.message.split('\n')[0] ?? ''}`, quote);
  return read(document.contents, path, reader, shown);
}

/** The first thing in a value that YAML would not take for a value. */
function strangeToken(text: string): { readonly what: string; readonly token: string } | undefined {
  let isText = false;
  for (const token of new Lexer().lex(text)) {
    const what = isText ? undefined : STRANGE[String(CST.tokenType(token))];
    if (what !== undefined) return { what, token };
    isText = token === CST.SCALAR;
  }
  return undefined;
}

function read(node: unknown, path: readonly string[], reader: Reader, shown: string): unknown {
  if (isMap(node)) return readMap(node.items, path, reader, shown);
  if (isSeq(node)) return node.items.map((item, i) => read(item, [...path, String(i)], reader, shown));
  if (!isScalar(node)) return null;
  const place = placeOf(path);
  if (place?.path.length === path.length && typeof node.value === 'string') return { [place.nameKey]: node.value };
  const types = typesOf(reader.formsAt(path));
  const isPlain = node.type === Scalar.PLAIN && node.source !== undefined;
  if (!isPlain || !types.has('string') || types.has('object')) return node.value;
  return types.has('null') && isNull(node) ? null : textOr(node.source ?? '', types);
}

function readMap(
  items: readonly { readonly key: unknown; readonly value: unknown }[],
  path: readonly string[],
  reader: Reader,
  shown: string,
): Readonly<Record<string, unknown>> {
  const entries = items.map(({ key, value }) => [keyText(key, shown), value] as const);
  const empty = entries.find(([, value]) => isEmpty(value));
  if (empty) {
    const hint = /\w:\S/.test(empty[0]) ? ': YAML wants a space after the colon' : '';
    throw syntax(shown, `has the key '${empty[0]}' without a value${hint}`);
  }
  const inner = reader.within(path, (key) => {
    const value = entries.find(([name]) => name === key)?.[1];
    return isScalar(value) && !isEmpty(value) ? (value.source ?? String(value.value)) : undefined;
  });
  return Object.fromEntries(
    entries.flatMap(([key, node]) => {
      // As for a key of its own, null where it is not taken is the default.
      const types = typesOf(inner.formsAt([...path, key]));
      if (isNull(node) && types.size > 0) return types.has('null') ? [[key, null]] : [];
      return [[key, read(node, [...path, key], inner, shown)]];
    }),
  );
}

function isEmpty(node: unknown): boolean {
  return node === null || (isScalar(node) && node.type === Scalar.PLAIN && node.source === '');
}

function isNull(node: unknown): boolean {
  return isScalar(node) && node.type === Scalar.PLAIN && node.source === 'null';
}

function keyText(key: unknown, shown: string): string {
  if (isScalar(key)) return key.source ?? messageOf(key.value);
  throw syntax(shown, isAlias(key) ? 'has an alias for a key' : 'has a key that is no text');
}
