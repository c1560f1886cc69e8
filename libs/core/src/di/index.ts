/** The one place that imports tsyringe. Only a composition root uses it: libraries and plugins get what they need as arguments. */
import 'reflect-metadata';
import { container as root, instanceCachingFactory, type DependencyContainer } from 'tsyringe';

/** A name with a type: `token<EventBus>('events')`. */
export interface Token<T> {
  readonly symbol: symbol;
  /** Never set; carries T for the compiler. */
  readonly type?: T;
}

export function token<T>(name: string): Token<T> {
  return { symbol: Symbol(name) };
}

/** Typed bindings over one tsyringe child container. */
export class Container {
  readonly #container: DependencyContainer;
  readonly #factories = new Map<symbol, () => unknown>();

  readonly #parent: DependencyContainer;

  constructor(parent: DependencyContainer = root) {
    this.#parent = parent;
    this.#container = parent.createChildContainer();
  }

  /** Binds a token to a lazy singleton of this container. */
  bind<T>(to: Token<T>, factory: (container: Container) => T): this {
    const once = instanceCachingFactory(() => factory(this));
    this.#factories.set(to.symbol, () => once(this.#container));
    this.#container.register<T>(to.symbol, { useFactory: once });
    return this;
  }

  /** Binds a token anew, before it is first resolved. @param factory `bound` gives what it was bound to, here or in the container that this is a child of */
  rebind<T>(to: Token<T>, factory: (container: Container, bound: () => T) => T): this {
    const earlier = this.#factories.get(to.symbol) as (() => T) | undefined;
    const inherited = (): T => this.#parent.resolve<T>(to.symbol);
    return this.bind(to, (container) => factory(container, earlier ?? inherited));
  }

  /** @throws Error of tsyringe's if nothing is bound */
  resolve<T>(from: Token<T>): T {
    return this.#container.resolve<T>(from.symbol);
  }

  /** A container that sees this one's bindings and may shadow them: one a run. */
  child(): Container {
    return new Container(this.#container);
  }
}
