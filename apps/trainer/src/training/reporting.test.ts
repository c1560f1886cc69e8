import { EventBus, type Reporter } from '@tessera/core';
import { describe, expect, it } from 'vitest';
import { reporting } from './reporting.ts';

const checkpoint = (step: number) => ({ type: 'checkpoint', step, path: '' }) as const;

describe('reporting', () => {
  it('leaves a reporter out that throws, once and aloud, and serves the others', () => {
    const bus = new EventBus();
    const lines: string[] = [];
    const seen: string[] = [];
    let calls = 0;
    const broken: Reporter = ({ events }) => {
      events.subscribe(() => {
        calls++;
        throw new Error('no space left on device');
      });
      return () => {
        throw new Error('cannot close');
      };
    };
    const sound: Reporter = ({ events }) => {
      const subscription = events.subscribe((event) => seen.push(event.type === 'warning' ? event.code : event.type));
      return () => {
        subscription.unsubscribe();
      };
    };
    const { start, stop } = reporting(bus, (line) => lines.push(line));
    start([
      { name: 'broken', report: broken },
      { name: 'sound', report: sound },
    ]);
    bus.publish(checkpoint(1));
    bus.publish(checkpoint(2));
    stop();
    expect(calls).toBe(1);
    expect(lines).toEqual([
      "warning: the reporter 'broken' failed and is left out from here on: no space left on device [W_REPORTER]",
    ]);
    expect(seen).toEqual(['checkpoint', 'W_REPORTER', 'checkpoint']);
  });

  it('tells what happened before the start', () => {
    const bus = new EventBus();
    const steps: number[] = [];
    const { start } = reporting(bus, () => undefined);
    bus.publish(checkpoint(1));
    const report: Reporter = ({ events }) => {
      events.subscribe((event) => event.type === 'checkpoint' && steps.push(event.step));
      return () => undefined;
    };
    start([{ name: 'late', report }]);
    bus.publish(checkpoint(2));
    expect(steps).toEqual([1, 2]);
  });
});
