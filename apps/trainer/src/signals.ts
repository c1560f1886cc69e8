/** Signals that end a run cleanly. */
const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Milliseconds in which a repetition is the same key press, delivered to the process group and forwarded by the launcher. */
const SAME_PRESS = 300;

/** How a run learns that it should stop. */
export interface StopRequest {
  /** Aborted by the first Ctrl-C (or kill); the second one ends the process at once, with code 130. */
  readonly signal: AbortSignal;
  /** Gives the signals back. */
  release(): void;
}

/** @param announce called at the first request */
export function listenForStop(announce: () => void): StopRequest {
  const controller = new AbortController();
  let first = 0;
  const request = (): void => {
    if (!controller.signal.aborted) {
      first = performance.now();
      controller.abort();
      announce();
    } else if (performance.now() - first > SAME_PRESS) {
      process.exit(130);
    }
  };
  for (const signal of signals) process.on(signal, request);
  process.on('disconnect', request); // the launcher is gone
  return {
    signal: controller.signal,
    release: () => {
      for (const signal of signals) process.off(signal, request);
      process.off('disconnect', request);
    },
  };
}
