import { messageOf, TesseraError } from '@tessera/core';
import type { TorchAddonStatus } from '@tessera/backend-torch';
import type { EngineDevice, EngineOptions, LoadedEngine } from '../names.ts';
import { unavailable } from './unavailable.ts';

const BUILD = 'Run `npm run build:torch`; it says what it needs.';

/** What to do about the codes that loading the addon can end with; see TorchErrorCode in @tessera/backend-torch. */
const remedies: Readonly<Record<string, string>> = {
  TORCH_ADDON_MISSING: BUILD,
  TORCH_ADDON_BROKEN: 'Its libtorch has moved or changed: run `npm run build:torch -- --force`.',
  TORCH_VERSION_MISMATCH: 'Run `npm run build:torch -- --force`.',
};

/** Our backend on libtorch. Imported here and nowhere else, so that nothing native is loaded before it is asked for. */
export async function loadTorch({ threads, device = 'auto', tf32 }: EngineOptions): Promise<LoadedEngine> {
  const torch = await import('@tessera/backend-torch');
  try {
    torch.registerTorchBackend({
      device,
      ...(threads === undefined ? {} : { threads }),
      ...(tf32 === undefined ? {} : { tf32 }),
    });
  } catch (error) {
    const code = error instanceof torch.TorchBackendError ? error.code : '';
    if (code === 'TORCH_NO_DEVICE' || code === 'TORCH_BAD_ARGUMENT') throw noDevice(device, error);
    const reason = code === 'TORCH_ADDON_MISSING' ? 'it has not been built' : messageOf(error);
    throw unavailable('torch', reason, remedies[code] ?? BUILD, error);
  }
  const running = torch.currentDevice();
  const status = torch.torchAddonStatus();
  const devices = devicesOf(status);
  return { detail: describe(status, running, devices), precisions: ['f32', 'bf16'], device: running, devices };
}

function noDevice(device: string, error: unknown): TesseraError {
  return new TesseraError({
    code: 'E_DEVICE_UNAVAILABLE',
    message: messageOf(error),
    next:
      `Use --device cpu, or make ${device} available: \`tessera doctor\` lists the devices; ` +
      'with a CUDA build of PyTorch, run `npm run build:torch -- --force`.',
    cause: error,
  });
}

function devicesOf(status: TorchAddonStatus): readonly EngineDevice[] {
  if (!status.available) return [];
  return status.devices.map(({ id, name, bytes }) => ({ id, name, memoryGB: Math.round(bytes / 2 ** 30) }));
}

function describe(status: TorchAddonStatus, running: string, devices: readonly EngineDevice[]): string {
  if (!status.available) return 'libtorch';
  const gpu = devices.find(({ id }) => id === running);
  if (gpu)
    return `libtorch ${status.version}, ${running}${gpu.name === '' ? '' : ` (${gpu.name}, ${String(gpu.memoryGB)} GB)`}`;
  return `libtorch ${status.version}, ${String(status.threads)} threads`;
}
