import { messageOf } from '@tessera/core';

/** Why an image could not be read, in one line: libvips tells many for one fault, and the last is the one that stopped it. */
export function reasonOf(error: unknown): string {
  const lines = messageOf(error)
    .split('\n')
    .map((line) => line.trim().replace(/:$/, ''))
    .filter((line) => line !== '');
  return lines.at(-1) ?? 'no reason given';
}
