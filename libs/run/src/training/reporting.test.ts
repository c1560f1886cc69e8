import { EventBus, type Reporter } from '@tessera/core';
import { finalize, tap, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { reporting } from './reporting.ts';

const checkpoint = (step: number) => ({ type: 'checkpoint', step, path: '' }) as const;

describe('reporting', () => {
  it('leaves a reporter out that throws, once and aloud, and serves the others', () => {
    const bus = new EventBus();
    const lines: string[] = [];
    const seen: string[] = [];
    let calls = 0;
    const broken: Reporter = (events) =>
      events.pipe(
        tap(() => {
          calls++;
          throw new Error('no space left on device');
        }),
      );
    let ended = 0;
    const sound: Reporter = (events) =>
      events.pipe(
        tap((event) => seen.push(event.type === 'warning' ? event.code : event.type)),
        finalize(() => ended++),
      );
    const { start, stop } = reporting(bus, (line) => lines.push(line));
    start([
      { name: 'broken', report: broken },
      { name: 'sound', report: sound },
    ]);
    bus.publish(checkpoint(1));
    bus.publish(checkpoint(2));
    stop();
    expect(calls).toBe(1);
    expect(ended).toBe(1);
    expect(lines).toEqual([
      "warning: the reporter 'broken' failed and is left out from here on: no space left on device [W_REPORTER]",
    ]);
    expect(seen).toEqual(['checkpoint', 'W_REPORTER', 'checkpoint']);
  });

  it('stops the run where a reporter cannot even start', () => {
    const { start } = reporting(new EventBus(), () => undefined);
    const report: Reporter = () => throwError(() => new Error('no such folder'));
    expect(() => {
      start([{ name: 'early', report }]);
    }).toThrow('no such folder');
  });

  it('tells what happened before the start', () => {
    const bus = new EventBus();
    const steps: number[] = [];
    const { start } = reporting(bus, () => undefined);
    bus.publish(checkpoint(1));
    const report: Reporter = (events) =>
      events.pipe(tap((event) => event.type === 'checkpoint' && steps.push(event.step)));
    start([{ name: 'late', report }]);
    bus.publish(checkpoint(2));
    expect(steps).toEqual([1, 2]);
  });
});
