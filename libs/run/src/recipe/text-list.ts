/** A list in a list is no text; one that looks so goes in quotes. */
const LIST = /^\s*\[.*\]\s*$/s;

/**
 * The texts of `[a, *.jpg, 012, "with, comma"]`, as they are typed: only commas, brackets and quotes around a whole text mean anything.
 * @returns undefined where it is no such list
 */
export function textList(text: string): readonly string[] | undefined {
  const inside = /^\s*\[(.*)\]\s*$/s.exec(text)?.[1];
  if (inside === undefined) return undefined;
  if (inside.trim() === '') return [];
  const items: string[] = [];
  let rest = inside;
  for (;;) {
    const quoted = /^\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^']|'')*)')\s*(?:,|$)/s.exec(rest);
    const plain = quoted ? undefined : plainItem(rest);
    if (quoted) items.push(quoted[1] === undefined ? (quoted[2] ?? '').replaceAll("''", "'") : unescaped(quoted[1]));
    else if (plain !== undefined && plain.trim() !== '' && !LIST.test(plain)) items.push(plain.trim());
    else return undefined;
    const length = quoted ? quoted[0].length : (plain?.length ?? 0) + 1;
    const ended = quoted ? !quoted[0].endsWith(',') : length > rest.length;
    rest = rest.slice(length);
    if (ended || rest.trim() === '') return items; // a last comma is allowed, as in YAML
  }
}

/** Up to the next comma that is in no brackets: `shard-{0,1}.tar` is one text. */
function plainItem(text: string): string | undefined {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    const letter = text.charAt(i);
    if ('[{('.includes(letter)) depth++;
    else if (']})'.includes(letter)) depth--;
    else if (letter === ',' && depth === 0) return text.slice(0, i);
    if (depth < 0) return undefined;
  }
  return depth === 0 ? text : undefined;
}

/** A backslash protects a quote or a backslash, and is itself before anything else: paths of Windows have many. */
function unescaped(text: string): string {
  return text.replaceAll(/\\(["\\])/g, '$1');
}
