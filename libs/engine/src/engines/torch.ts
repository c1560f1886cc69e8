import { messageOf } from '@tessera/core';
import type { EngineOptions, LoadedEngine } from '../names.ts';
import { unavailable } from './unavailable.ts';

const BUILD = 'Run `npm run build:torch`; it says what it needs.';

/** What to do about the codes that loading the addon can end with; see TorchErrorCode in @tessera/backend-torch. */
const remedies: Readonly<Record<string, string>> = {
  TORCH_ADDON_MISSING: BUILD,
  TORCH_ADDON_BROKEN: 'Its libtorch has moved or changed: run `npm run build:torch -- --force`.',
};

/** Our backend on libtorch. Imported here and nowhere else, so that nothing native is loaded before it is asked for. */
export async function loadTorch({ threads }: EngineOptions): Promise<LoadedEngine> {
  const torch = await import('@tessera/backend-torch');
  try {
    torch.registerTorchBackend(threads === undefined ? {} : { threads });
  } catch (error) {
    const code = error instanceof torch.TorchBackendError ? error.code : '';
    const reason = code === 'TORCH_ADDON_MISSING' ? 'it has not been built' : messageOf(error);
    throw unavailable('torch', reason, remedies[code] ?? BUILD, error);
  }
  const status = torch.torchAddonStatus();
  const detail = status.available ? `libtorch ${status.version}, ${String(status.threads)} threads` : 'libtorch';
  return { detail, precisions: ['f32', 'bf16'] };
}
