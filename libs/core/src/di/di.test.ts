import { describe, expect, it } from 'vitest';
import { Container, token } from './index.ts';

const NUMBER = token<number>('number');
const OBJECT = token<{ value: number }>('object');

describe('Container', () => {
  it('builds lazily, once, from other bindings', () => {
    let built = 0;
    const container = new Container()
      .bind(NUMBER, () => 3)
      .bind(OBJECT, (c) => ({ value: c.resolve(NUMBER) + ++built }));
    expect(built).toBe(0);
    expect(container.resolve(OBJECT)).toBe(container.resolve(OBJECT));
    expect(container.resolve(OBJECT).value).toBe(4);
  });

  it('gives each run a child that may shadow', () => {
    const parent = new Container().bind(NUMBER, () => 1);
    const child = parent.child().bind(NUMBER, () => 2);
    expect([parent.resolve(NUMBER), child.resolve(NUMBER), parent.child().resolve(NUMBER)]).toEqual([1, 2, 1]);
  });

  it('binds anew, around what was bound, here or in its parent', () => {
    const parent = new Container().bind(NUMBER, () => 1);
    const child = parent.child().rebind(NUMBER, (_, bound) => bound() + 10);
    child.rebind(NUMBER, (_, bound) => bound() * 2);
    expect([parent.resolve(NUMBER), child.resolve(NUMBER)]).toEqual([1, 22]);
  });

  it('fails on what is not bound', () => {
    expect(() => new Container().resolve(OBJECT)).toThrow();
  });
});
