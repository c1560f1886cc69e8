import { EventBus, messageOf, type Reporter, type TesseraEvent } from '@tessera/core';

/** A reporter, and what to call it in a warning. */
export interface NamedReporter {
  readonly name: string;
  readonly report: Reporter;
}

/** A run's reporters. Events observe and never steer: one that throws is left out from then on, and the run goes on. */
export interface Reporting {
  /** Starts the reporters and tells them what happened so far. What one throws here stops the run: nothing is lost yet. */
  readonly start: (reporters: readonly NamedReporter[]) => void;
  /** Stops them; never throws. */
  readonly stop: () => void;
}

/**
 * Keeps events until the reporters are started, then gives each reporter a bus of its own.
 * @param warn gets one line for each reporter that failed, which may have been the one that shows warnings
 */
export function reporting(bus: EventBus, warn: (line: string) => void): Reporting {
  const early: TesseraEvent[] = [];
  const keeping = bus.events.subscribe((event) => early.push(event));
  const stops: (() => void)[] = [];
  return {
    start: (reporters) => {
      keeping.unsubscribe();
      for (const reporter of reporters) stops.push(attach(bus, reporter, early, warn));
    },
    stop: () => {
      keeping.unsubscribe();
      for (const stop of stops) stop();
    },
  };
}

function attach(
  bus: EventBus,
  { name, report }: NamedReporter,
  early: readonly TesseraEvent[],
  warn: (line: string) => void,
): () => void {
  const state = { failed: false };
  const fail = (error: unknown): void => {
    if (state.failed) return;
    state.failed = true;
    relay.unsubscribe();
    const message = `the reporter '${name}' failed and is left out from here on: ${messageOf(error).split('\n')[0] ?? ''}`;
    warn(`warning: ${message} [W_REPORTER]`);
    bus.publish({ type: 'warning', code: 'W_REPORTER', message });
  };
  const own = new EventBus({ onSubscriberError: fail });
  const end = report(own);
  const relay = bus.events.subscribe({
    next: (event) => {
      own.publish(event);
    },
    complete: () => {
      own.close();
    },
  });
  for (const event of early) if (!state.failed) own.publish(event);
  return () => {
    relay.unsubscribe();
    try {
      end();
    } catch (error) {
      fail(error);
    }
  };
}
