import { util } from '@tensorflow/tfjs-core';
import type { NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import type { TorchBackend } from './backend.ts';
import { listable } from './limits.ts';
import { TorchBackendError } from './errors.ts';
import { NATIVE_DTYPE } from './native.ts';

type Outcome = TensorInfo | TensorInfo[];

/**
 * Runs a kernel that moves or compares elements on strings: each string is replaced by its rank among all of the inputs' strings, ordered
 * by their UTF-8 bytes as TensorFlow orders them. Equal strings have equal ranks. What comes out with the dtype 'string' is ranks again.
 */
export function withStringRanks(
  inputs: NamedTensorInfoMap,
  backend: TorchBackend,
  kernel: (inputs: NamedTensorInfoMap) => Outcome,
): Outcome {
  const read = (info: TensorInfo): Uint8Array[] => backend.readSync(info.dataId) as Uint8Array[];
  const { strings, rankOf } = rank(Object.values(inputs).flatMap((info) => (isString(info) ? read(info) : [])));
  const standIns: TensorInfo[] = [];
  const standIn = (info: TensorInfo): TensorInfo => {
    const ranks = Int32Array.from(read(info), rankOf);
    const handle = backend.native.fromMemory(ranks, info.shape, NATIVE_DTYPE.int32, backend.device);
    standIns.push(backend.give(handle, info.shape, 'string'));
    return standIns.at(-1) as TensorInfo;
  };
  const asStrings = (info: TensorInfo): TensorInfo => {
    if (!isString(info)) return info;
    listable(util.sizeFromShape(info.shape));
    const ranks = backend.readSync(info.dataId) as Int32Array;
    backend.disposeData(info.dataId);
    const values = Array.from(ranks, (i) => strings[i]).filter((bytes) => bytes !== undefined);
    if (values.length < ranks.length) {
      throw new TorchBackendError('TORCH_BAD_ARGUMENT', 'strings and numbers do not mix');
    }
    return { ...info, dataId: backend.write(values, info.shape, 'string') };
  };
  try {
    const ranked = Object.entries(inputs).map(([name, info]) => [name, isString(info) ? standIn(info) : info] as const);
    const outcome = kernel(Object.fromEntries(ranked));
    return Array.isArray(outcome) ? outcome.map(asStrings) : asStrings(outcome);
  } finally {
    for (const { dataId } of standIns) backend.disposeData(dataId);
  }
}

const isString = (info: TensorInfo | undefined): info is TensorInfo => info?.dtype === 'string';

interface Ranking {
  /** by rank */
  readonly strings: readonly Uint8Array[];
  readonly rankOf: (bytes: Uint8Array) => number;
}

function rank(all: readonly Uint8Array[]): Ranking {
  // One character a byte: no two byte strings share a key, whether or not they are UTF-8.
  const keyOf = (bytes: Uint8Array): string =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const byKey = new Map(all.map((bytes) => [keyOf(bytes), bytes]));
  const sorted = [...byKey].sort(([a], [b]) => (a < b ? -1 : 1));
  const ranks = new Map(sorted.map(([key], i) => [key, i]));
  return { strings: sorted.map(([, bytes]) => bytes), rankOf: (bytes) => ranks.get(keyOf(bytes)) ?? 0 };
}
