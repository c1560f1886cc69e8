import { filter, Subject, type Observable } from 'rxjs';
import type { EventOf, EventType, TesseraEvent } from './events.ts';

/**
 * Publishes events to whoever subscribed. Synchronous and in order: an event published while another is delivered waits for its turn.
 * A late subscriber misses what was before.
 */
export class EventBus {
  readonly #subject = new Subject<TesseraEvent>();
  readonly #waiting: TesseraEvent[] = [];
  #delivering = false;

  /** All events. Completes with {@link close}. */
  readonly events: Observable<TesseraEvent> = this.#subject.asObservable();

  publish(event: TesseraEvent): void {
    this.#waiting.push(Object.freeze(event));
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) this.#subject.next(next);
    } finally {
      this.#delivering = false;
    }
  }

  /** Events of one type. */
  ofType<T extends EventType>(type: T): Observable<EventOf<T>> {
    return this.events.pipe(filter((event): event is EventOf<T> => event.type === type));
  }

  close(): void {
    this.#subject.complete();
  }
}
