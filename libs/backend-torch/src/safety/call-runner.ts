import type { TorchBackend } from '../backend.ts';
import type { NativeAddon } from '../native.ts';
import type { AddonRunner } from './addon-runner.ts';
import type { CallCase, Change, Outcome } from './fuzz-case.ts';
import { runKernelCase } from './kernel-runner.ts';

type Call = (name: string, args: readonly unknown[]) => void;

/** What the backend calls beside the operations themselves. */
const BOOKKEEPING: readonly string[] = ['live', 'release', 'claim', 'shape', 'dtype', 'read', 'fromMemory'];

/** A list of which one element is changed. A change before may have put one of four billion holes there. */
const LONGEST = 1000;

/** Runs a kernel while `call` is told what it is about to call. */
function watched(backend: TorchBackend, of: CallCase['of'], call: Call): void {
  const native = backend.native;
  const spy = new Proxy(native, {
    get(target, name: string) {
      const real: unknown = Reflect.get(target, name);
      if (typeof real !== 'function' || BOOKKEEPING.includes(name)) return real;
      return (...args: unknown[]) => {
        call(name, args);
        return (real as (...args: unknown[]) => unknown)(...args);
      };
    },
  });
  const replaced = backend as { native: NativeAddon };
  replaced.native = spy;
  try {
    runKernelCase(backend, of);
  } finally {
    replaced.native = native;
  }
}

function changed(args: readonly unknown[], { at, element, by, alike }: Change, calls: AddonRunner): unknown[] {
  const value = calls.argument(by);
  return args.map((argument, i) => {
    if (i !== at % args.length) return argument;
    if (Array.isArray(argument) && argument.length <= LONGEST && (alike || element !== undefined)) {
      const items = argument as unknown[];
      if (element === undefined) return items.slice(1);
      return items.map((item, j) => (j === element % items.length ? value : item));
    }
    if (alike && typeof argument === 'boolean') return !argument;
    return alike && typeof argument === 'string' ? argument : value;
  });
}

/** Makes one of the calls that a kernel makes of the addon with other arguments first, and judges what comes of that. */
export function runCallCase(backend: TorchBackend, calls: AddonRunner, { of, at, changes }: CallCase): Outcome {
  calls.renew();
  let count = 0;
  watched(backend, of, () => count++);
  if (count === 0) return { result: 'no call' };
  let outcome: Outcome = {};
  let next = 0;
  watched(backend, of, (name, args) => {
    if (next++ !== at % count) return;
    const judged = calls.judge(
      name,
      changes.reduce((all, change) => changed(all, change, calls), [...args]),
    );
    outcome = judged.problem === undefined ? judged : { ...judged, problem: `${name}: ${judged.problem}` };
  });
  return outcome;
}
