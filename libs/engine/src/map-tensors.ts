import { Tensor } from '@tensorflow/tfjs-core';

/** Tensors in arrays and plain objects, each replaced; everything else as it is. */
export function mapTensors<T>(value: T, change: (x: Tensor) => Tensor): T {
  const changed = (entry: unknown): unknown => {
    if (entry instanceof Tensor) return change(entry as Tensor);
    if (Array.isArray(entry)) return entry.map(changed);
    if (isPlain(entry)) return Object.fromEntries(Object.entries(entry).map(([key, each]) => [key, changed(each)]));
    return entry;
  };
  return changed(value) as T;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
