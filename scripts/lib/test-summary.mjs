// What `npm test` says at its end: what was skipped, by name but in few lines, then what failed, so that the last lines of a log tell.
const MESSAGE_LINES = 15;
/** So many failures are told with their message; more of them have one cause, as a rule. */
const TOLD = 20;
const EXAMPLE_CHARACTERS = 100;

const COLOURS = /\u001b\[[0-9;]*m/g;

/**
 * One line for each group of tests of a file: the outermost describe, which tells the reason where it is an engine, or the reason itself.
 * @param {readonly import('./test-reporter.mjs').Skipped[]} skipped
 * @returns {string[]}
 */
export function skippedLines(skipped) {
  const groups = new Map();
  for (const { file, titles, note } of skipped) {
    const group = titles.length > 1 ? titles[0] : '';
    const key = [file, group, note ?? ''].join('\n');
    const seen = groups.get(key) ?? {
      file,
      group,
      note,
      count: 0,
      example: titles.slice(group === '' ? 0 : 1).join(' > '),
    };
    seen.count++;
    groups.set(key, seen);
  }
  return [...groups.values()].map(({ file, group, note, count, example }) => {
    const what = count === 1 ? `'${shortened(example)}'` : `${count} tests, such as '${shortened(example)}'`;
    return `  ${[file, ...(group === '' ? [] : [group]), what].join(': ')}${note ? ` (${note})` : ''}`;
  });
}

/**
 * @param {readonly import('./test-reporter.mjs').Failure[]} failures
 * @returns {string[]}
 */
export function failureLines(failures) {
  return failures.flatMap(({ name, message }, i) => {
    if (i >= TOLD) return [`FAILED ${name}`];
    const lines = linesOf(message).filter((line) => !/^\s*at .*(node_modules|node:internal)/.test(line));
    const more = lines.length - MESSAGE_LINES;
    return [
      '',
      `FAILED ${name}`,
      ...lines.slice(0, MESSAGE_LINES).map((line) => `  ${line}`),
      ...(more > 0 ? [`  ... ${more} lines more, above`] : []),
    ];
  });
}

/** Of a step's output: the first lines that speak of an error, and the last ones. */
export function tellingLines(output) {
  const lines = linesOf(output);
  const last = Math.max(0, lines.length - 8);
  const errors = lines.slice(0, last).filter((line) => /error|fail|✖|\bwarn/i.test(line));
  return [...errors.slice(0, MESSAGE_LINES - 8), ...lines.slice(last)].join('\n');
}

/** Without colours and empty ones. */
function linesOf(text) {
  return text
    .replace(COLOURS, '')
    .split('\n')
    .filter((line) => line.trim() !== '');
}

function shortened(text) {
  return text.length > EXAMPLE_CHARACTERS ? `${text.slice(0, EXAMPLE_CHARACTERS)}...` : text;
}
