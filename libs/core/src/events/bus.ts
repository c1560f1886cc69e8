import { filter, Subject, type Observable } from 'rxjs';
import type { EventOf, EventType, TesseraEvent } from './events.ts';

/** Publishes events to whoever subscribed. Synchronous and in order; a late subscriber misses what was before. */
export class EventBus {
  readonly #subject = new Subject<TesseraEvent>();

  /** All events. Completes with {@link close}. */
  readonly events: Observable<TesseraEvent> = this.#subject.asObservable();

  publish(event: TesseraEvent): void {
    this.#subject.next(Object.freeze(event));
  }

  /** Events of one type. */
  ofType<T extends EventType>(type: T): Observable<EventOf<T>> {
    return this.events.pipe(filter((event): event is EventOf<T> => event.type === type));
  }

  close(): void {
    this.#subject.complete();
  }
}
