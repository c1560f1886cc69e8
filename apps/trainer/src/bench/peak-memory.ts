/** Peak resident memory, in MB of 2^20 bytes. Imports Node's modules only. */
import { readFileSync } from 'node:fs';

/**
 * This process's. On Linux the high-water mark of its own pages: `ru_maxrss`, which Node reports, also remembers the pages of the process
 * that started it.
 */
export function ownPeakMB(): number {
  return highWaterMB('self') ?? process.resourceUsage().maxRSS / 1024;
}

/**
 * The largest process among a process and those that it started, so that a shell or a launcher in between does not count.
 * @returns undefined where the system has no /proc
 */
export function peakOfTreeMB(pid: number): number | undefined {
  const peaks = processTree(pid).map((each) => highWaterMB(String(each)) ?? 0);
  const largest = Math.max(...peaks);
  return largest > 0 ? largest : undefined;
}

/** A process and all that descend from it, itself first. Without /proc, itself. */
export function processTree(pid: number): readonly number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`)?.trim().split(/\s+/) ?? [];
  return [pid, ...children.filter((each) => each !== '').flatMap((each) => processTree(Number(each)))];
}

function highWaterMB(process: string): number | undefined {
  const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${process}/status`) ?? '')?.[1];
  return kilobytes === undefined ? undefined : Number(kilobytes) / 1024;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined; // no /proc, or the process has ended
  }
}
