import type { Dataset, Json } from '@tessera/core';
import type { RecordFile } from './records.ts';

/** A file of a data set and the labels of its records; without, they have none. */
export interface RecordPart {
  readonly file: RecordFile;
  readonly labels?: Uint8Array | undefined;
}

/** A data set of records in one or more files, one after the other. */
export function recordSet({
  parts,
  classes,
  locate,
  describe,
}: {
  readonly parts: readonly RecordPart[];
  readonly classes?: readonly string[] | undefined;
  readonly locate: (file: RecordFile, record: number) => Json;
  readonly describe: (file: RecordFile, record: number, label: number | undefined) => string;
}): Dataset {
  const find = (index: number): { readonly part: RecordPart; readonly record: number } => {
    let record = index;
    for (const part of parts) {
      if (record < part.file.count) return { part, record };
      record -= part.file.count;
    }
    throw new RangeError(`there is no image ${String(index)}`);
  };
  const labelled = classes !== undefined && parts.some(({ labels }) => labels !== undefined);
  return {
    size: parts.reduce((sum, { file }) => sum + file.count, 0),
    ...(labelled ? { classes } : {}),
    label: (index) => {
      const { part, record } = find(index);
      return part.labels?.[record];
    },
    locate: (index) => {
      const { part, record } = find(index);
      return locate(part.file, record);
    },
    describe: (index) => {
      const { part, record } = find(index);
      return describe(part.file, record, part.labels?.[record]);
    },
  };
}
