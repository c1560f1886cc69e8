import type { EventBus, EventOf, Metrics } from '@tessera/core';

/** What a run came to so far, as its events tell. */
export interface RunSummary {
  /** Loss and speed of the last epoch and the share of its time spent waiting for images, the last scores, images that could not be read. */
  readonly metrics: Metrics;
  /** Tells that the run ended. @param step steps done */
  end(reason: EventOf<'run-ended'>['reason'], step: number): void;
}

/** Listens to a run from now on. */
export function summarize(bus: EventBus): RunSummary {
  const began = performance.now();
  const metrics: Record<string, number> = { skippedImages: 0 };
  bus.ofType('epoch').subscribe(({ loss, imagesPerSecond, dataSeconds = 0, seconds }) => {
    Object.assign(metrics, { loss, imagesPerSecond, dataShare: dataSeconds / seconds });
  });
  bus.ofType('warning').subscribe(({ code }) => {
    if (code === 'W_BAD_IMAGE') metrics['skippedImages'] = (metrics['skippedImages'] ?? 0) + 1;
  });
  bus.ofType('evaluation').subscribe(({ name, metrics: scores }) => {
    for (const [metric, value] of Object.entries(scores)) metrics[`${name}.${metric}`] = value;
  });
  return {
    metrics,
    end: (reason, step) => {
      bus.publish({
        type: 'run-ended',
        time: Date.now() / 1000,
        reason,
        step,
        seconds: (performance.now() - began) / 1000,
        summary: metrics,
      });
    },
  };
}
