import type { NativeAddon } from '../native.ts';
import type { AddonCase, Argument, Outcome, Position } from './fuzz-case.ts';

type Call = (...args: unknown[]) => unknown;

const KINDS: readonly (readonly [RegExp, Position])[] = [
  [/an array of numbers$/, 'numbers'],
  [/a number$|an integer$/, 'number'],
  [/a boolean$/, 'boolean'],
  [/a string$/, 'text'],
  [/a typed array$/, 'memory'],
];

const MOST_POSITIONS = 16;

/** Calls functions of the addon with made-up arguments and judges what comes of it. */
export class AddonRunner {
  private readonly functions: Readonly<Record<string, Call>>;
  private readonly handles: number[];
  private readonly freed: number;

  constructor(private readonly native: NativeAddon) {
    this.functions = native as unknown as Record<string, Call>;
    this.handles = this.tensors();
    this.freed = native.full([2], 1, 0, -1);
    native.release([this.freed]);
  }

  /** Tensors of every type and rank, some of them strided, expanded or empty. */
  private tensors(): number[] {
    const { native } = this;
    const shapes = [
      [],
      [0],
      [1],
      [3],
      [4],
      [2, 3],
      [3, 3],
      [3, 0],
      [2, 3, 4],
      [1, 4, 4, 2],
      [2, 4, 4, 3],
      [3, 3, 3, 2],
      [3, 3, 2, 1],
      [2, 2, 2, 2, 3],
      [1, 1, 1, 1, 1, 2],
    ];
    const made: number[] = [];
    for (const shape of shapes)
      for (const dtype of [0, 1, 2, 3] as const) {
        const size = shape.reduce((p, q) => p * q, 1);
        const values = Float32Array.from({ length: size }, (_, i) => (i % 5) - (dtype === 0 ? 1.5 : 0));
        made.push(native.fromMemory(values, shape, dtype, -1));
      }
    const square = native.full([3, 3], NaN, 0, -1);
    made.push(square, native.permute(square, [1, 0]), native.expand(native.full([1, 1], 2, 0, -1), [4, 4]));
    return made;
  }

  /** What each function takes at each position, found out by giving it too little and reading what it misses. */
  signatures(): Record<string, Position[]> {
    return Object.fromEntries(
      Object.keys(this.functions)
        .filter((name) => name !== 'releaseAll')
        .map((name) => [name, this.signature(name)]),
    );
  }

  private signature(name: string): Position[] {
    this.renew();
    const positions: Position[] = [];
    const sample = (p: Position): unknown =>
      ({
        handle: this.handles[0],
        number: 1,
        handles: [],
        numbers: [],
        boolean: false,
        text: '',
        memory: new Float32Array(1),
        optional: undefined,
      })[p];
    for (let turn = 0; turn < MOST_POSITIONS; turn++) {
      const args = positions.map(sample);
      const message = this.refusal(name, args);
      const found = /argument (\d+) is not (.*)$/.exec(message);
      const at = Number(found?.[1] ?? MOST_POSITIONS);
      const kind = KINDS.find(([pattern]) => pattern.test(found?.[2] ?? ''))?.[1];
      if (kind === undefined || at >= MOST_POSITIONS || (at < positions.length && positions[at] !== 'optional')) break;
      while (positions.length < at) positions.push('optional');
      // A number that is no handle tells whether one is wanted.
      const probe = kind === 'numbers' ? [0.5] : 0.5;
      const probing = [...args];
      probing[at] = probe;
      const isHandle = /^num/.test(kind) && this.refusal(name, [...probing]).includes('no tensor has handle');
      positions[at] = isHandle ? (kind === 'numbers' ? 'handles' : 'handle') : kind;
    }
    return positions;
  }

  private refusal(name: string, args: unknown[]): string {
    const live = this.native.live();
    try {
      this.clean(this.functions[name]?.(...args), live);
      return '';
    } catch (error) {
      return error instanceof Error ? error.message : '';
    }
  }

  run({ name, args }: AddonCase): Outcome {
    this.renew();
    return this.judge(
      name,
      args.map((a) => this.argument(a)),
    );
  }

  /** Calls a function: the outcome must be a result or an error with a code, and no tensor more than are returned. */
  judge(name: string, args: readonly unknown[]): Outcome {
    const live = this.native.live();
    try {
      const result = this.functions[name]?.(...args);
      const problem = this.clean(result, live);
      return problem === undefined ? { result: typeof result } : { problem };
    } catch (error) {
      const { code, message } = error as { code?: unknown; message?: string };
      const outcome = { error: { code, message: String(message) } };
      if (message === 'from a getter') return outcome;
      if (!(error instanceof Error) || typeof code !== 'string' || !code.startsWith('TORCH_'))
        return { ...outcome, problem: 'an error without a code' };
      if (error.message.includes('\n') || !/^\w+: /.test(error.message))
        return { ...outcome, problem: 'an error of several lines or without the name of the function' };
      if (this.native.live() !== live && name !== 'release' && name !== 'releaseAll')
        return { ...outcome, problem: `${String(this.native.live() - live)} tensors left by an error` };
      return outcome;
    }
  }

  /** `release` may well have released them. */
  renew(): void {
    this.handles.forEach((handle, i) => {
      try {
        this.native.dtype(handle);
      } catch {
        this.handles[i] = this.native.full([i % 3, 2], 1, 0, -1);
      }
    });
  }

  /** Releases what a call returned; a result that is no number, text or list of live handles is a problem. */
  private clean(result: unknown, live: number): string | undefined {
    const handles = (Array.isArray(result) ? result : [result]).filter((h): h is number => typeof h === 'number');
    const made = this.native.live() - live;
    if (made <= 0) return undefined;
    if (handles.length !== made) return `${String(made)} new tensors for ${String(handles.length)} handles`;
    for (const handle of handles) {
      const bytes = this.native.shape(handle).reduce((p, q) => p * q, 1) * 4;
      if (!Number.isSafeInteger(bytes) || bytes < 0) return `a tensor of ${String(bytes)} bytes`;
      // reading every element finds a tensor that reaches outside its memory
      if (bytes <= 1 << 24 && this.native.dtype(handle) !== 'ComplexFloat')
        this.native.read(handle, new Float32Array(bytes / 4));
    }
    this.native.release(handles);
    return undefined;
  }

  /** What an argument stands for. */
  argument(a: Argument): unknown {
    switch (a.is) {
      case 'handle':
        return this.handles[a.at % this.handles.length];
      case 'handles':
        return a.at.map((at) => this.handles[at % this.handles.length]);
      case 'value':
        return a.value;
      case 'memory':
        return memory(a.type, a.length, a.backing);
      case 'odd':
        return this.odd(a.what);
    }
  }

  private odd(what: string): unknown {
    const first = this.handles[0] ?? 0;
    const trap = (f: () => unknown): unknown[] => Object.defineProperty([1, 1], '0', { get: f, enumerable: true });
    switch (what) {
      case 'freed':
        return this.freed;
      case 'freed list':
        return [first, this.freed];
      case 'function':
        return () => first;
      case 'symbol':
        return Symbol('handle');
      case 'bigint':
        return 1n;
      case 'sparse':
        return Array(4_294_967_295);
      case 'long':
        return Array.from({ length: 100_000 }, () => 1);
      case 'holes':
        return [1, , 1];
      case 'strings':
        return ['1', '2'];
      case 'proxy':
        return new Proxy([1, 1], {});
      case 'throws':
        return trap(() => {
          throw new Error('from a getter');
        });
      case 'releases':
        return trap(() => {
          this.native.release(this.handles.slice(0, 8));
          return 1;
        });
      case 'grows':
        return trap(() => {
          const more = Array.from({ length: 300 }, () => this.native.full([1], 0, 0, -1));
          this.native.release(more);
          return 1;
        });
      default:
        return {};
    }
  }
}

const ARRAYS: Readonly<Record<string, new (buffer: ArrayBuffer | SharedArrayBuffer) => ArrayBufferView>> = {
  Float32Array,
  Float64Array,
  Int32Array,
  Int16Array,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Uint16Array,
  Uint32Array,
  BigInt64Array,
  DataView,
};

function memory(type: string, length: number, backing: string): unknown {
  const View = ARRAYS[type] ?? Float32Array;
  const bytes = length * 8;
  if (backing === 'shared') return new View(new SharedArrayBuffer(bytes));
  if (backing === 'buffer') return new ArrayBuffer(bytes);
  const buffer = new ArrayBuffer(bytes);
  const view = new View(buffer);
  if (backing === 'detached') structuredClone(buffer, { transfer: [buffer] });
  return view;
}
