import { DataStorage, KernelBackend, engine, util } from '@tensorflow/tfjs-core';
import type { BackendValues, DataType, Tensor, TensorInfo } from '@tensorflow/tfjs-core';
import { TorchBackendError } from './errors.ts';
import { countable } from './limits.ts';
import { CPU_DEVICE, NATIVE_DTYPE } from './native.ts';
import type { Handle, NativeAddon, NativeDtype } from './native.ts';

type DataId = TensorInfo['dataId'];
type BackendTimingInfo = Awaited<ReturnType<KernelBackend['time']>>;

/** How convolutions and matrix products compute. 'bf16': in bfloat16, and their results stay bfloat16. */
export type Precision = 'f32' | 'bf16';

interface Entry {
  /** -1 for strings, which stay in JavaScript */
  handle: Handle;
  readonly dtype: DataType;
  readonly bytes: number;
  readonly strings?: Uint8Array[];
  refCount: number;
}

/** Small tensors are released together; a large one at once, so that its memory serves the next tensor. */
const RELEASE_COUNT = 64;
const RELEASE_BYTES = 1 << 18;

/** The addon's code for a tfjs dtype. */
export function nativeDtype(dtype: DataType): NativeDtype {
  if (dtype !== 'string') return NATIVE_DTYPE[dtype];
  throw new TorchBackendError(
    'TORCH_UNSUPPORTED',
    'strings are not computed with; use float32, int32, bool or complex64',
  );
}

function arrayFor({ dtype, bytes }: Entry): Float32Array | Int32Array | Uint8Array {
  if (dtype === 'bool') return new Uint8Array(bytes);
  return dtype === 'int32' || dtype === 'string' ? new Int32Array(bytes / 4) : new Float32Array(bytes / 4);
}

/** A tfjs backend whose tensors live in libtorch. One per process and thread; see registerTorchBackend. */
export class TorchBackend extends KernelBackend {
  /** Set by the engine's precision scopes. */
  precision: Precision = 'f32';
  /**
   * Convolutions and matrix products of float32 sum in float64 and round once: slow, and the answer to whether two runs differ by rounding
   * or by a mistake. Of the whole process.
   */
  get exactSums(): boolean {
    return this.exact;
  }
  set exactSums(on: boolean) {
    this.exact = on;
    this.native.setExactSums(on);
  }
  private exact = false;
  private readonly storage: DataStorage<Entry>;
  private pending: Handle[] = [];
  private pendingBytes = 0;
  /** How many kernels run now, one within another, and what they have given. */
  private running = 0;
  private readonly given: DataId[] = [];
  /** Handles that stay while a graph is recorded, with whether their release was asked for. */
  private held = new Map<Handle, boolean>();

  constructor(
    /** The addon; kernels call it directly. */
    readonly native: NativeAddon,
    /** Where new tensors are made: CPU_DEVICE or the number of a CUDA device. */
    readonly device: number = CPU_DEVICE,
  ) {
    super();
    this.storage = new DataStorage(this, engine());
    if (device !== CPU_DEVICE) native.useDevice(device);
  }

  /** True if convolutions and matrix products compute in bfloat16 now. */
  get half(): boolean {
    return this.precision === 'bf16';
  }

  /** The native tensor of a tfjs tensor; one of another backend is moved here first. */
  handle(info: TensorInfo | undefined): Handle {
    if (info === undefined) throw new TorchBackendError('TORCH_BAD_ARGUMENT', 'an input tensor is missing');
    if ((info as Partial<Tensor>).isDisposed === true && !this.storage.has(info.dataId)) {
      throw new TorchBackendError('TORCH_BAD_HANDLE', `a tensor of shape [${String(info.shape)}] was disposed before`);
    }
    const entry = this.entry(info);
    if (entry.strings) throw new TorchBackendError('TORCH_UNSUPPORTED', 'this kernel does not take string tensors');
    return entry.handle;
  }

  // tfjs moves data of another backend here first; it fails in its own words where the data is no more.
  private entry(info: TensorInfo): Entry {
    try {
      return this.storage.get(info.dataId);
    } catch (error) {
      if (error instanceof Error && 'code' in error) throw error;
      const reason = `the data of a tensor of shape [${String(info.shape)}] is gone; use tensors before they, or their engine, are disposed of`;
      throw new TorchBackendError('TORCH_BAD_HANDLE', reason, { cause: error });
    }
  }

  /**
   * A new tfjs tensor around a native one, which has this shape or is released with an error. With the dtype 'string' it holds ranks; see
   * string-ranks.ts.
   */
  give(handle: Handle, shape: readonly number[], dtype: DataType): TensorInfo {
    try {
      this.native.claim(handle, shape, dtype === 'string' ? NATIVE_DTYPE.int32 : nativeDtype(dtype));
    } catch (error) {
      this.native.release([handle]);
      throw error;
    }
    const dataId = {};
    const bytes = util.sizeFromShape(shape as number[]) * (dtype === 'string' ? 4 : util.bytesPerElement(dtype));
    this.storage.set(dataId, { handle, dtype, bytes, refCount: 1 });
    if (this.running > 0) this.given.push(dataId);
    return { dataId, shape: shape as number[], dtype };
  }

  /** The results of one native call, as give takes them: an error releases those that were not given yet. */
  giveAll(results: readonly (readonly [Handle, readonly number[], DataType])[]): TensorInfo[] {
    return results.map(([handle, shape, dtype], i) => {
      try {
        return this.give(handle, shape, dtype);
      } catch (error) {
        this.native.release(results.slice(i + 1).map(([rest]) => rest));
        throw error;
      }
    });
  }

  /** Runs a kernel's body; if it throws, what it gave so far is disposed of. */
  attempt<T>(body: () => T): T {
    const before = this.given.length;
    this.running++;
    try {
      return body();
    } catch (error) {
      for (const dataId of this.given.slice(before)) this.disposeData(dataId, true);
      throw error;
    } finally {
      this.running--;
      this.given.length = before;
    }
  }

  /** What a kernel has given outlives an error in it: a variable holds it already. */
  keep(info: TensorInfo): TensorInfo {
    const at = this.given.indexOf(info.dataId);
    if (at >= 0) this.given.splice(at, 1);
    return info;
  }

  /** The same data under one more tfjs tensor. */
  share(info: TensorInfo, shape: readonly number[] = info.shape): TensorInfo {
    this.incRef(info.dataId);
    return { dataId: info.dataId, shape: shape as number[], dtype: info.dtype };
  }

  override write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    const dataId = {};
    this.put(dataId, values, shape, dtype, 1);
    if (this.running > 0) this.given.push(dataId);
    return dataId;
  }

  override move(dataId: DataId, values: BackendValues, shape: number[], dtype: DataType, refCount: number): void {
    this.put(dataId, values, shape, dtype, refCount);
  }

  private put(dataId: DataId, values: BackendValues, shape: number[], dtype: DataType, refCount: number): void {
    if (dtype === 'string') {
      countable(shape);
      this.storage.set(dataId, { handle: -1, dtype, bytes: 0, strings: values as Uint8Array[], refCount });
      return;
    }
    const typed = values as Float32Array | Int32Array | Uint8Array;
    const handle = this.native.fromMemory(typed, shape, nativeDtype(dtype), this.device);
    this.storage.set(dataId, { handle, dtype, bytes: typed.byteLength, refCount });
  }

  /** @returns complex numbers as pairs, real part first */
  override readSync(dataId: DataId): BackendValues {
    const entry = this.storage.get(dataId);
    if (entry.strings) return entry.strings;
    const out = arrayFor(entry);
    this.native.read(entry.handle, out);
    return out;
  }

  /** On a GPU the event loop goes on until its work so far is done; on the CPU the numbers are there. */
  override async read(dataId: DataId): Promise<BackendValues> {
    const entry = this.storage.get(dataId);
    if (this.device === CPU_DEVICE || entry.strings || entry.bytes === 0) return this.readSync(dataId);
    const out = arrayFor(entry);
    await this.native.readAsync(entry.handle, out);
    return out;
  }

  /**
   * New numbers in a tensor's own memory; tensors that share it, clones and views, change with it. For the inputs of a captured step.
   * @param values as many as the tensor has elements
   */
  overwrite(tensor: TensorInfo, values: Float32Array | Int32Array | Uint8Array): void {
    const fresh = this.native.fromMemory(values, tensor.shape, nativeDtype(tensor.dtype), this.device);
    try {
      this.native.copyInto(this.handle(tensor), fresh);
    } finally {
      this.native.release([fresh]);
    }
  }

  /** Puts off the release of these handles until {@link releaseHeld}. */
  hold(handles: readonly Handle[]): void {
    this.held = new Map(handles.map((handle) => [handle, false]));
  }

  releaseHeld(): void {
    const asked = [...this.held].filter(([, wanted]) => wanted).map(([handle]) => handle);
    this.held.clear();
    if (asked.length > 0) this.native.release(asked);
  }

  /** Copies a tensor's numbers into the memory of a held handle, which takes the place of its own. */
  writeBack(tensor: TensorInfo, handle: Handle): void {
    const entry = this.storage.get(tensor.dataId);
    if (entry.handle === handle) return;
    this.native.copyInto(handle, entry.handle);
    this.pending.push(entry.handle);
    entry.handle = handle;
    this.held.set(handle, false);
  }

  override refCount(dataId: DataId): number {
    return this.storage.has(dataId) ? this.storage.get(dataId).refCount : 0;
  }

  override incRef(dataId: DataId): void {
    this.storage.get(dataId).refCount++;
  }

  override disposeData(dataId: DataId, force = false): boolean {
    if (!this.storage.has(dataId)) return true;
    const entry = this.storage.get(dataId);
    entry.refCount--;
    if (!force && entry.refCount > 0) return false;
    this.storage.delete(dataId);
    if (entry.strings) return true;
    if (this.held.has(entry.handle)) {
      this.held.set(entry.handle, true);
      return true;
    }
    this.pending.push(entry.handle);
    this.pendingBytes += entry.bytes;
    if (this.pending.length >= RELEASE_COUNT || this.pendingBytes >= RELEASE_BYTES) this.flush();
    return true;
  }

  /** Releases the native tensors whose release was put off. */
  flush(): void {
    if (this.pending.length === 0) return;
    const handles = this.pending;
    this.pending = [];
    this.pendingBytes = 0;
    this.native.release(handles);
  }

  override numDataIds(): number {
    return this.storage.numDataIds();
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  override floatPrecision(): 16 | 32 {
    return 32;
  }

  override timerAvailable(): boolean {
    return true;
  }

  override time(f: () => void): Promise<BackendTimingInfo> {
    const start = performance.now();
    f();
    return Promise.resolve({ kernelMs: performance.now() - start });
  }

  /** Frees every tensor, those that tfjs still holds included; reading one of them is an error then. */
  override dispose(): void {
    this.pending = [];
    this.pendingBytes = 0;
    this.native.releaseAll();
    this.native.emptyCache();
  }
}
