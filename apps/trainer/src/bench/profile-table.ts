import type { Profile } from './profile.ts';

/** Lines for people: kernels, the slowest first. */
export function profileTable({ rows, javascript }: Profile): readonly string[] {
  const line = (name: string, calls: string, milliseconds: string, share: string): string =>
    `${name.padEnd(28)} ${calls.padStart(8)} ${milliseconds.padStart(10)} ${share.padStart(7)}`;
  const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
  return [
    line('kernel', 'calls', 'ms a step', 'share'),
    ...rows.map(({ kernel, calls, milliseconds, share }) =>
      line(kernel, calls.toFixed(1), milliseconds.toFixed(2), percent(share)),
    ),
    line('JavaScript and dispatch', '', javascript.milliseconds.toFixed(2), percent(javascript.share)),
  ];
}
