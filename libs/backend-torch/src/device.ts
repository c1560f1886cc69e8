import { TorchBackendError } from './errors.ts';
import { CPU_DEVICE } from './native.ts';
import type { NativeAddon } from './native.ts';

/** Where tensors are made: `auto` is the first CUDA device where there is one, else the CPU; `cuda` is `cuda:0`. */
export type DeviceChoice = 'auto' | 'cpu' | 'cuda' | `cuda:${number}`;

/** A CUDA device that libtorch can use. */
export interface TorchDevice {
  /** `cuda:0` */
  readonly id: string;
  /** `NVIDIA H200`; empty where the driver does not say. */
  readonly name: string;
  /** All of its memory; 0 where the driver does not say. */
  readonly bytes: number;
}

type DeviceAddon = Pick<NativeAddon, 'cudaBuild' | 'deviceCount' | 'deviceName' | 'deviceMemory' | 'version'>;

/** `cpu` or `cuda:1`, from the addon's number. */
export function deviceId(index: number): string {
  return index === CPU_DEVICE ? 'cpu' : `cuda:${String(index)}`;
}

/** The CUDA devices that can be used now. */
export function listDevices(native: DeviceAddon): readonly TorchDevice[] {
  return Array.from({ length: native.deviceCount() }, (_, index) => ({
    id: deviceId(index),
    name: native.deviceName(index),
    bytes: native.deviceMemory(index)[3],
  }));
}

/**
 * The addon's number of a device.
 * @throws TorchBackendError TORCH_BAD_ARGUMENT for a name that means nothing, TORCH_NO_DEVICE where there is no such device
 */
export function resolveDevice(native: DeviceAddon, choice: string): number {
  const match = /^(auto|cpu|cuda)(?::(\d{1,3}))?$/.exec(choice);
  const [, kind, number] = match ?? [];
  if (kind === undefined || (number !== undefined && kind !== 'cuda')) {
    throw new TorchBackendError('TORCH_BAD_ARGUMENT', `unknown device '${choice}'; use auto, cpu, cuda or cuda:1`);
  }
  const count = native.deviceCount();
  if (kind === 'cpu' || (kind === 'auto' && count === 0)) return CPU_DEVICE;
  const index = Number(number ?? 0);
  if (index < count) return index;
  throw new TorchBackendError('TORCH_NO_DEVICE', `there is no device ${choice}: ${whyNot(native, count)}`);
}

function whyNot(native: DeviceAddon, count: number): string {
  if (count > 0) return `libtorch sees cuda:0${count > 1 ? ` to cuda:${String(count - 1)}` : ' only'}`;
  if (native.cudaBuild() === 1) {
    return 'libtorch sees no CUDA device; nvidia-smi must list one, and CUDA_VISIBLE_DEVICES must not hide it';
  }
  return (
    `the addon was built against libtorch ${native.version()} for the CPU; install a CUDA build of PyTorch ` +
    '(https://pytorch.org/get-started/locally) and build the addon against it'
  );
}
