import { describe, expect, it } from 'vitest';
import { EventBus } from './bus.ts';

describe('EventBus', () => {
  it('delivers in order, by type, and completes', () => {
    const bus = new EventBus();
    const seen: string[] = [];
    bus.ofType('warning').subscribe({ next: (event) => seen.push(event.code), complete: () => seen.push('end') });
    bus.publish({ type: 'warning', code: 'A', message: '' });
    bus.publish({ type: 'checkpoint', step: 1, path: 'x' });
    bus.publish({ type: 'warning', code: 'B', message: '' });
    bus.close();
    bus.publish({ type: 'warning', code: 'C', message: '' });
    expect(seen).toEqual(['A', 'B', 'end']);
  });

  it('publishes immutable events', () => {
    const bus = new EventBus();
    bus.events.subscribe((event) => {
      expect(Object.isFrozen(event)).toBe(true);
    });
    bus.publish({ type: 'checkpoint', step: 1, path: 'x' });
    expect.assertions(1);
  });

  it('delivers what is published during a delivery after it, to everyone in the same order', () => {
    const bus = new EventBus();
    const seen: string[] = [];
    bus.ofType('checkpoint').subscribe(() => {
      bus.publish({ type: 'warning', code: 'A', message: '' });
    });
    bus.events.subscribe(({ type }) => seen.push(type));
    bus.publish({ type: 'checkpoint', step: 1, path: 'x' });
    expect(seen).toEqual(['checkpoint', 'warning']);
  });
});
