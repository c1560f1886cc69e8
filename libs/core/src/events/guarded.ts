import { Observable, Subscriber, type Observer, type Operator, type Subscription } from 'rxjs';

/**
 * An observable whose subscribers cannot hurt the rest of the program: what they throw goes to `onError`, at once, instead of becoming
 * an uncaught exception of the process. Holds for what operators make of it too.
 */
export class GuardedObservable<T> extends Observable<T> {
  readonly #inner: Observable<T>;
  readonly #onError: (error: unknown) => void;

  constructor(inner: Observable<T>, onError: (error: unknown) => void) {
    super();
    this.#inner = inner;
    this.#onError = onError;
  }

  override subscribe(observerOrNext?: Partial<Observer<T>> | ((value: T) => void) | null): Subscription {
    if (observerOrNext instanceof Subscriber) return this.#inner.subscribe(observerOrNext); // an operator: its end is guarded
    const observer = typeof observerOrNext === 'function' ? { next: observerOrNext } : (observerOrNext ?? {});
    const guarded = (call: () => void): void => {
      try {
        call();
      } catch (error) {
        this.#onError(error);
      }
    };
    return this.#inner.subscribe({
      next: (value) => {
        guarded(() => observer.next?.(value));
      },
      error: (error) => {
        guarded(() => {
          if (!observer.error) throw error;
          observer.error(error);
        });
      },
      complete: () => {
        guarded(() => observer.complete?.());
      },
    });
  }

  /** How rxjs applies operators; there is no public way to keep what `pipe` returns guarded. */
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the type is internal from rxjs 8 on, which must be looked at then anyway
  override lift<R>(operator?: Operator<T, R>): Observable<R> {
    const inner = this.#inner;
    const lifted = new Observable<R>((subscriber) => operator?.call(subscriber, inner));
    return new GuardedObservable(lifted, this.#onError);
  }
}
