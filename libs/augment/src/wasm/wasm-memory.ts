/** A place in the kernels' memory, bytes. */
export type Address = number;

/** What the WebAssembly module has besides kernels. */
export interface WasmBase {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  /** Where the memory that the kernels leave to their caller begins. */
  readonly __heap_base: { readonly value: Address };
}

const PAGE = 65_536;

/** The most memory that a thread's kernels take; images and views that need more are left to the TypeScript ops. */
export const MAX_WASM_BYTES = 128 * 2 ** 20;

/** Room around each region: kernels load and store whole registers. */
const MARGIN = 128;

/** Bytes of each region. */
export interface Regions {
  readonly canvas: number;
  readonly work: number;
  readonly source: number;
}

/** The kernels' memory as three regions: the view that is being computed, scratch, and the image it is made of. It grows, and is reused. */
export class WasmMemory {
  readonly #kernels: WasmBase;
  #bytes: Uint8Array;
  #regions: Regions = { canvas: 0, work: 0, source: 0 };
  #canvas: Address = 0;
  #work: Address = 0;
  #source: Address = 0;

  constructor(kernels: WasmBase) {
    this.#kernels = kernels;
    this.#bytes = new Uint8Array(kernels.memory.buffer);
  }

  /** Scratch. */
  get work(): Address {
    return this.#work;
  }

  /** Lays the regions out; views handed out before are void. @returns whether they fit */
  reserve(regions: Regions): boolean {
    const canvas = align(this.#kernels.__heap_base.value + MARGIN);
    const work = align(canvas + regions.canvas + MARGIN);
    const source = align(work + regions.work + MARGIN);
    const end = source + regions.source + MARGIN;
    if (!(end <= MAX_WASM_BYTES)) return false;
    const missing = end - this.#bytes.length;
    if (missing > 0) {
      try {
        this.#kernels.memory.grow(Math.ceil(missing / PAGE));
      } catch {
        return false; // no memory left: the TypeScript ops need less
      }
      this.#bytes = new Uint8Array(this.#kernels.memory.buffer);
    }
    this.#regions = regions;
    this.#canvas = canvas;
    this.#work = work;
    this.#source = source;
    return true;
  }

  /** Copies an image's pixels in, as many as were reserved for it. */
  putSource(data: Uint8Array | Uint8ClampedArray): Uint8Array {
    const { source } = this.#regions;
    this.#bytes.set(data.length > source ? data.subarray(0, source) : data, this.#source);
    return this.#bytes.subarray(this.#source, this.#source + source);
  }

  canvasBytes(length: number): Uint8Array {
    this.#checkCanvas(length);
    return this.#bytes.subarray(this.#canvas, this.#canvas + length);
  }

  canvasFloats(length: number): Float32Array {
    this.#checkCanvas(length * 4);
    return new Float32Array(this.#bytes.buffer, this.#canvas, length);
  }

  /** Whether an array lies in this memory, as kernels need it. */
  holds(data: ArrayBufferView): boolean {
    return data.buffer === this.#bytes.buffer;
  }

  /** Whether the kernels may work on an array: it is the canvas, behind whose end they may write a little, and their scratch is there. */
  allows(data: ArrayBufferView, work = 0): boolean {
    return this.holds(data) && data.byteOffset === this.#canvas && work <= this.#regions.work;
  }

  /** Writes floats at the start of the scratch. @returns the first free address behind them */
  putFloats(values: Float32Array): Address {
    new Float32Array(this.#bytes.buffer, this.#work, values.length).set(values);
    return align(this.#work + values.byteLength);
  }

  #checkCanvas(bytes: number): void {
    if (bytes > this.#regions.canvas)
      throw new RangeError(`a canvas of ${String(bytes)} bytes, where ${String(this.#regions.canvas)} were reserved`);
  }
}

function align(address: Address): Address {
  return Math.ceil(address / 16) * 16;
}
