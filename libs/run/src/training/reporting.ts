import { messageOf, type EventBus, type Reporter, type TesseraEvent } from '@tessera/core';
import { Subject, Subscription } from 'rxjs';
import type { RunFolder } from '../folder/files.ts';
import { metricsReporter } from '../folder/metrics-file.ts';
import type { PreparedRecipe } from '../prepare.ts';

/** A reporter, and what to call it in a warning. */
export interface NamedReporter {
  readonly name: string;
  readonly report: Reporter;
}

/** A run's reporters. Events observe and never steer: one that fails is left out from then on, and the run goes on. */
export interface Reporting {
  /** Starts the reporters and tells them what happened so far. One that fails at once stops the run: nothing is lost yet. */
  readonly start: (reporters: readonly NamedReporter[]) => void;
  /** Ends their events; never throws. */
  readonly stop: () => void;
}

/**
 * Keeps events until the reporters are started, then passes them on.
 * @param warn gets one line for each reporter that failed, which may have been the one that shows warnings
 */
export function reporting(bus: EventBus, warn: (line: string) => void): Reporting {
  const early: TesseraEvent[] = [];
  const keeping = bus.events.subscribe((event) => early.push(event));
  const relays: Subject<TesseraEvent>[] = [];
  return {
    start: (reporters) => {
      keeping.unsubscribe();
      for (const reporter of reporters) relays.push(attach(bus, reporter, early, warn));
    },
    stop: () => {
      keeping.unsubscribe();
      for (const relay of relays) relay.complete();
    },
  };
}

/** @returns what the reporter hears, to be completed. @throws what the reporter fails with before its first event */
function attach(
  bus: EventBus,
  { name, report }: NamedReporter,
  early: readonly TesseraEvent[],
  warn: (line: string) => void,
): Subject<TesseraEvent> {
  const heard = new Subject<TesseraEvent>();
  const start: { error?: unknown; failed: boolean; over: boolean } = { failed: false, over: false };
  const relay = new Subscription();
  report(heard.asObservable()).subscribe({
    error: (error: unknown) => {
      relay.unsubscribe();
      if (!start.over) {
        Object.assign(start, { error, failed: true });
        return;
      }
      const message = `the reporter '${name}' failed and is left out from here on: ${messageOf(error).split('\n')[0] ?? ''}`;
      warn(`warning: ${message} [W_REPORTER]`);
      bus.publish({ type: 'warning', code: 'W_REPORTER', message });
    },
  });
  start.over = true;
  if (start.failed) throw start.error;
  relay.add(
    bus.events.subscribe((event) => {
      heard.next(event);
    }),
  );
  for (const event of early) heard.next(event);
  return heard;
}

/** The run's reporters: metrics.jsonl, those of the recipe and those of the caller. */
export function reportersOf(
  { recipe, registry }: PreparedRecipe,
  { root, metrics }: RunFolder,
  { interactive = false, reporters = [] }: { readonly interactive?: boolean; readonly reporters?: readonly Reporter[] },
): readonly NamedReporter[] {
  return [
    { name: 'metrics.jsonl', report: metricsReporter(metrics) },
    ...recipe.reporters.map(({ name, options }) => ({
      name,
      report: registry.get('reporter', name).build(options, { runDirectory: root, interactive }),
    })),
    ...reporters.map((report) => ({ name: report.name || 'unnamed', report })),
  ];
}
