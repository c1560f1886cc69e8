import * as tf from '@tensorflow/tfjs-core';
import { nativeBackend } from './native.ts';

/** Time of one kernel, per step. */
export interface ProfileRow {
  /** tfjs's name; in brackets what the engine does outside of kernels: uploads, reads, releases. */
  readonly kernel: string;
  readonly calls: number;
  readonly milliseconds: number;
  /** Of the step. */
  readonly share: number;
}

/** Where the time of a step goes, largest first. */
export interface Profile {
  readonly rows: readonly ProfileRow[];
  /** What is left of the step: tape, tidy and dispatch; on the torch engine also the JavaScript inside kernels. */
  readonly javascript: Omit<ProfileRow, 'kernel' | 'calls'>;
}

export interface Profiler {
  /** Forgets what was measured so far. */
  clear(): void;
  /** @param milliseconds of all steps since the last {@link clear} */
  report(steps: number, milliseconds: number): Profile;
  /** Takes the hooks out again. */
  stop(): void;
}

interface Spent {
  milliseconds: number;
  calls: number;
}

/**
 * Times the kernels of the current backend. With the torch engine it is the time inside the addon that counts, and a call belongs to the
 * kernel that made it; else the time of the kernel function without that of kernels inside it.
 */
export function startProfiler(): Profiler {
  const spent = new Map<string, Spent>();
  const running: { readonly kernel: string; inner: number }[] = [];
  const add = (kernel: string, milliseconds: number, calls: number): void => {
    const row = spent.get(kernel) ?? { milliseconds: 0, calls: 0 };
    spent.set(kernel, { milliseconds: row.milliseconds + milliseconds, calls: row.calls + calls });
  };
  const backend = nativeBackend();
  const undo: (() => void)[] = [];

  for (const config of tf.getKernelsForBackend(tf.getBackend())) {
    const { kernelName, kernelFunc } = config;
    const timed: typeof kernelFunc = (parameters) => {
      const frame = { kernel: kernelName, inner: 0 };
      running.push(frame);
      const start = performance.now();
      try {
        return kernelFunc(parameters);
      } finally {
        const elapsed = performance.now() - start;
        running.pop();
        const outer = running.at(-1);
        if (outer) outer.inner += elapsed;
        add(kernelName, backend ? 0 : elapsed - frame.inner, 1);
      }
    };
    config.kernelFunc = timed;
    undo.push(() => (config.kernelFunc = kernelFunc));
  }

  if (backend) {
    const { native } = backend;
    const timed = Object.fromEntries(
      Object.entries(native).map(([name, call]) => [
        name,
        (...args: readonly unknown[]): unknown => {
          const start = performance.now();
          try {
            return call(...args);
          } finally {
            const kernel = running.at(-1)?.kernel;
            add(kernel ?? `(${name})`, performance.now() - start, kernel === undefined ? 1 : 0);
          }
        },
      ]),
    );
    Object.defineProperty(backend, 'native', { value: timed, configurable: true, writable: true, enumerable: true });
    undo.push(() => Object.defineProperty(backend, 'native', { value: native }));
  }

  return {
    clear: () => {
      spent.clear();
    },
    report: (steps, total) => {
      const rows = [...spent]
        .map(([kernel, { calls, milliseconds }]) => ({
          kernel,
          calls: calls / steps,
          milliseconds: milliseconds / steps,
          share: milliseconds / total,
        }))
        .sort((a, b) => b.milliseconds - a.milliseconds);
      const rest = total / steps - rows.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
      return { rows, javascript: { milliseconds: rest, share: (rest * steps) / total } };
    },
    stop: () => {
      for (const each of undo) each();
    },
  };
}
