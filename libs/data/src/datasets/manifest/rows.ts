import { createReadStream } from 'node:fs';
import { messageOf, TesseraError } from '@tessera/core';
import { parseCsv } from './csv.ts';

/** A line of a manifest. */
export interface Row {
  readonly path: string;
  readonly label: string | undefined;
  readonly split: string | undefined;
}

/** What the columns of a CSV file, or the keys of a JSON object, are called. */
export interface Keys {
  readonly pathKey: string;
  readonly labelKey: string;
  readonly splitKey: string;
}

/**
 * The rows of a manifest: CSV with a header, TSV, or JSON lines, told apart by the file's ending.
 * @throws TesseraError `E_DATA_MANIFEST` naming the line
 */
export async function* rowsOf(file: string, keys: Keys): AsyncGenerator<Row> {
  const pieces = withoutMark(createReadStream(file, { encoding: 'utf8', highWaterMark: 2 ** 18 }));
  try {
    if (/\.(jsonl|ndjson)$/i.test(file)) yield* jsonRows(file, pieces, keys);
    else yield* csvRows(file, pieces, keys);
  } catch (error) {
    if (error instanceof TesseraError) throw error;
    throw manifestError(
      `cannot read the manifest '${file}': ${messageOf(error)}`,
      'Check the path and its permissions.',
    );
  }
}

/** Some editors begin a file with a byte order mark. */
async function* withoutMark(pieces: AsyncIterable<unknown>): AsyncGenerator<string> {
  let first = true;
  for await (const piece of pieces) {
    yield first ? String(piece).replace(/^\ufeff/, '') : String(piece);
    first = false;
  }
}

async function* csvRows(file: string, pieces: AsyncIterable<string>, keys: Keys): AsyncGenerator<Row> {
  let columns: { count: number; path: number; label: number; split: number } | undefined;
  for await (const { cells, line, isOpen } of parseCsv(pieces, /\.tsv$/i.test(file) ? '\t' : ',')) {
    if (isOpen) {
      throw manifestError(
        `line ${String(line)} of '${file}' opens a quote that is never closed`,
        'Close it; a quote within quotes is written twice.',
      );
    }
    if (!columns) {
      const names = cells.map((cell) => cell.trim());
      const column = (key: string): number => names.indexOf(nameOf(names, key) ?? '');
      columns = {
        count: names.length,
        path: column(keys.pathKey),
        label: column(keys.labelKey),
        split: column(keys.splitKey),
      };
      if (columns.path < 0) throw noPathColumn(file, keys.pathKey, names);
      continue;
    }
    if (cells.length !== columns.count) {
      throw manifestError(
        `line ${String(line)} of '${file}' has ${String(cells.length)} cells, the first line names ${String(columns.count)} columns`,
        'Put quotes around a cell that holds a comma; leave a cell empty where there is no value.',
      );
    }
    yield checked(file, line, { path: cells[columns.path], label: cells[columns.label], split: cells[columns.split] });
  }
}

async function* jsonRows(file: string, pieces: AsyncIterable<string>, keys: Keys): AsyncGenerator<Row> {
  let line = 0;
  for await (const text of linesOf(pieces)) {
    line++;
    if (text.trim() === '') continue;
    const object = parseObject(text);
    if (!object) throw manifestError(`line ${String(line)} of '${file}' is no JSON object`, 'Write one object a line.');
    const value = (key: string): unknown => object[nameOf(Object.keys(object), key) ?? key];
    yield checked(file, line, {
      path: value(keys.pathKey),
      label: value(keys.labelKey),
      split: value(keys.splitKey),
    });
  }
}

/** The column that a key means: the one that is called so, else the only one that is but for capitals and spaces around. */
function nameOf(names: readonly string[], key: string): string | undefined {
  if (names.includes(key)) return key;
  const alike = names.filter((name) => name.trim().toLowerCase() === key.trim().toLowerCase());
  return alike.length === 1 ? alike[0] : undefined;
}

async function* linesOf(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = '';
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  yield rest;
}

function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function checked(file: string, line: number, { path, label, split }: Record<'path' | 'label' | 'split', unknown>): Row {
  if (typeof path !== 'string' || path === '')
    throw manifestError(`line ${String(line)} of '${file}' names no file`, 'Give each line a path, or remove it.');
  return { path, label: wordOf(file, line, label), split: wordOf(file, line, split) };
}

/** Labels may be numbers or words; an empty one, null and no value at all mean that there is none. */
function wordOf(file: string, line: number, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw manifestError(
      `line ${String(line)} of '${file}' has the label ${JSON.stringify(value)}; expected a number or a word`,
      'One label an image: leave others to another key.',
    );
  }
  const word = String(value).trim();
  return word === '' ? undefined : word;
}

function noPathColumn(file: string, pathKey: string, found: readonly string[]): TesseraError {
  return manifestError(
    `the manifest '${file}' has no column '${pathKey}'; its first line says: ${found.join(', ')}`,
    `Begin the file with the names of its columns (path,label), or name the column: data.options.pathKey.`,
  );
}

function manifestError(message: string, next: string): TesseraError {
  return new TesseraError({ code: 'E_DATA_MANIFEST', message, next });
}
