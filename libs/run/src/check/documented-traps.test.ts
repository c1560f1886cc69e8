/** docs/correctness.md has a line for each of the forty traps, and every test that it names exists. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const COUNT = 40;

interface Line {
  readonly trap: number;
  /** A file with the test named beside it; '-' where a reason stands there instead. */
  readonly file: string;
  readonly text: string;
}

const plain = (cell = ''): string => cell.trim().replace(/^`(.*)`$/, '$1');

/** Lines of the form | number | what goes wrong | file | test or reason |. */
function linesOf(markdown: string): Line[] {
  return markdown.split('\n').flatMap((line) => {
    const [, trap, , file, text] = line.split('|');
    return /^\s*\d+\s*$/.test(trap ?? '') ? [{ trap: Number(trap), file: plain(file), text: plain(text) }] : [];
  });
}

/** Titles of a file's `it`, `test` and `describe`, those with `.each` and the like too. */
function titlesOf(source: string): string[] {
  const titles: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node)) {
      let callee: ts.Expression = node.expression;
      while (ts.isCallExpression(callee) || ts.isPropertyAccessExpression(callee)) callee = callee.expression;
      const [title] = node.arguments;
      if (ts.isIdentifier(callee) && /^(it|test|describe)$/.test(callee.text) && title && ts.isStringLiteralLike(title))
        titles.push(title.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('test.ts', source, ts.ScriptTarget.Latest));
  return titles;
}

/** Titles that name a trap, by file. The kit's tests are in files that are no `.test.ts`. */
function trapTitles(): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const room of ['libs', 'apps', 'examples'])
    for (const name of readdirSync(join(root, room))) {
      const folder = join(root, room, name, 'src');
      if (!existsSync(folder)) continue;
      for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
        if (!/(\.test|[\\/]?test-[a-z]+)\.ts$/.test(file)) continue;
        const source = readFileSync(join(folder, file), 'utf8');
        if (!/trap \d/.test(source)) continue;
        const path = [room, name, 'src', ...file.split(sep)].join('/');
        found.set(
          path,
          titlesOf(source).filter((title) => /\btrap \d+/.test(title)),
        );
      }
    }
  return found;
}

const lines = linesOf(readFileSync(join(root, 'docs/correctness.md'), 'utf8'));
const titles = trapTitles();
const numbers = Array.from({ length: COUNT }, (_, i) => i + 1);
const names = (title: string, trap: number): boolean => new RegExp(`\\btrap ${String(trap)}\\b`).test(title);

it('reads titles of plain, parametrised and nested tests', () => {
  const source = "describe('a', () => { it.each([1])('b %i', () => {}); test.skipIf(x)('c', () => {}); other('d'); });";
  expect(titlesOf(source)).toEqual(['a', 'b %i', 'c']);
});

describe('docs/correctness.md', () => {
  it.each(numbers)('has a line for number %i, and a test or a reason', (trap) => {
    const own = lines.filter((line) => line.trap === trap);
    expect(own.length, 'lines in the table').toBeGreaterThan(0);
    const tested = [...titles.values()].flat().some((title) => names(title, trap));
    const excused = own.some(({ file, text }) => file === '-' && text.length > 20);
    expect(tested || excused, 'a test that names it, or a reason').toBe(true);
  });

  it.each(lines.filter(({ file }) => file !== '-').map((line) => [line.trap, line.file, line] as const))(
    'names for number %i a test of %s that exists',
    (trap, file, { text }) => {
      expect(names(text, trap), `'${text}' names trap ${String(trap)}`).toBe(true);
      expect(titles.get(file) ?? []).toContain(text);
    },
  );

  it('knows forty traps', () => {
    expect(lines.map(({ trap }) => trap).filter((trap) => !numbers.includes(trap))).toEqual([]);
    const strangers = [...titles.values()].flat().filter((title) => !numbers.some((trap) => names(title, trap)));
    expect(strangers).toEqual([]);
  });
});
