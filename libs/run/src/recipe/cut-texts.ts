import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { isScalar, Scalar, visit, type Document } from 'yaml';

/** A text in a recipe file that may have been meant to go on: `path: a #2` is `a` and a comment. */
export interface CutText {
  readonly line: number;
  /** What YAML takes. */
  readonly value: string;
  /** What stands there. */
  readonly whole: string;
  /** There is such a file, so no doubt is left. */
  readonly isFile: boolean;
}

/**
 * Finds texts without quotes that a comment follows as no comment is written: without a space after the `#`, or where the whole names a
 * file or folder.
 * @param folder of relative paths
 */
export function cutTexts(document: Document, text: string, folder: string): readonly CutText[] {
  const found: CutText[] = [];
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' || !isScalar(node) || node.type !== Scalar.PLAIN || typeof node.value !== 'string') return;
      const end = node.range?.[1] ?? text.length;
      const comment = /^[ \t]+#[^\n\r]*/.exec(text.slice(end))?.[0].trimEnd();
      if (comment === undefined) return;
      const whole = `${node.value}${comment}`;
      const isFile = existsSync(resolve(folder, whole));
      if (isFile || /^\s+#[^\s#]/.test(comment))
        found.push({ line: text.slice(0, end).split('\n').length, value: node.value, whole, isFile });
    },
  });
  return found;
}
