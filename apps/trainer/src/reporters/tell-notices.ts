import type { Notice } from '@tessera/run/parts';

/** For commands that have no run to tell them. */
export function tellNotices(notices: readonly Notice[]): void {
  for (const { code, message } of notices) process.stderr.write(`warning: ${message} [${code}]\n`);
}
