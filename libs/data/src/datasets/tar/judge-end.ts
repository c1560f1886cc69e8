import { TesseraError } from '@tessera/core';
import type { BlockReader } from './block-reader.ts';
import type { TarEnd } from './entries.ts';

/**
 * What is doubtful about how a tar ended.
 * @throws TesseraError `E_DATA_NOT_TAR` where there is nothing of a tar
 */
export function judgeEnd(
  path: string,
  reader: BlockReader,
  { how, at, rest }: TarEnd,
  { entries, tars }: { readonly entries: number; readonly tars: number },
): readonly { readonly code: string; readonly message: string }[] {
  if (entries === 0 && (how !== 'marked' || rest > 0)) throw notATar(path, how, reader.read(0, 2));
  const problems = {
    marked: rest > 0 ? [`goes on after its end mark with ${String(rest)} bytes that are no tar and are left out`] : [],
    unmarked: ['has no end mark: it may be cut short between two files'],
    truncated: [`is cut short: its last file, at byte ${String(at)}, is not whole and is left out`],
    damaged: [`is damaged at byte ${String(at)}: what follows is left out`],
  };
  return [
    ...problems[how].map((reason) => ({
      code: 'W_TAR_DAMAGED',
      message: `the tar '${path}' ${reason} (${String(entries)} entries were read)`,
    })),
    ...(tars > 1
      ? [
          {
            code: 'W_TAR_JOINED',
            message: `'${path}' holds ${String(tars)} tars, one after the other, and all are read (${String(entries)} entries); other programs stop at the first one's end mark`,
          },
        ]
      : []),
  ];
}

function notATar(path: string, how: TarEnd['how'], [first, second]: Buffer): TesseraError {
  const packed =
    (first === 0x1f && second === 0x8b) || (first === 0x42 && second === 0x5a) || first === 0xfd || first === 0x28;
  const [what, next] = packed
    ? [
        'compressed',
        'Images are read by their place in the tar, which a compressed one does not have: unpack it once (gunzip, unxz, unzstd).',
      ]
    : [
        how === 'truncated' ? 'no tar, or one cut short within its first file' : 'no tar',
        'Check the file, or fetch it again.',
      ];
  return new TesseraError({ code: 'E_DATA_NOT_TAR', message: `'${path}' is ${what}`, next });
}
