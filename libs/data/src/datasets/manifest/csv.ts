/** A record of a CSV file, and the line it begins at, from 1. */
export interface CsvRecord {
  readonly cells: readonly string[];
  readonly line: number;
  /** The text ended within quotes: everything from there on is in the last cell. */
  readonly isOpen?: true;
}

/**
 * Records of a CSV text that comes in pieces: RFC 4180, with any of its line ends. Cells in quotes may hold separators, line ends and
 * doubled quotes. Empty lines are left out.
 * @param separator one character
 */
export async function* parseCsv(pieces: AsyncIterable<string>, separator: string): AsyncGenerator<CsvRecord> {
  let cells: string[] = [];
  let cell = '';
  let state: 'plain' | 'quoted' | 'quote' = 'plain';
  let line = 1;
  let began = 1;
  let afterReturn = false;
  const endCell = (): void => {
    cells.push(cell);
    cell = '';
    state = 'plain';
  };
  const isEmpty = (): boolean => cells.length === 0 && cell === '';
  for await (const piece of pieces) {
    for (const char of piece) {
      const isEnd = char === '\n' || char === '\r';
      // The two characters of one line end.
      const isSecond = char === '\n' && afterReturn;
      afterReturn = char === '\r';
      if (isEnd && !isSecond) line++;
      if (state === 'quoted') {
        if (char === '"') state = 'quote';
        else cell += char;
      } else if (char === '"' && (state === 'quote' || cell === '')) {
        if (state === 'quote') cell += '"';
        state = 'quoted';
      } else if (char === separator) endCell();
      else if (!isEnd) {
        state = 'plain';
        cell += char;
      } else if (!isSecond) {
        const record = isEmpty() && state === 'plain' ? undefined : { line: began };
        endCell();
        if (record) yield { cells, ...record };
        cells = [];
        began = line;
      }
    }
  }
  const isOpen = state === 'quoted';
  if (isOpen || !isEmpty()) {
    endCell();
    yield { cells, line: began, ...(isOpen && { isOpen }) };
  }
}
