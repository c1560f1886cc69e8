import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { addonFailure } from './addon-failure.ts';
import { listDevices } from './device.ts';
import type { TorchDevice } from './device.ts';
import { TorchBackendError } from './errors.ts';
import type { NativeAddon } from './native.ts';

/** Where `scripts/build-addon.mjs` puts the addon; the same from src/ and from dist/. */
export const DEFAULT_ADDON_FILE = fileURLToPath(new URL('../native/build/tessera_torch.node', import.meta.url));

/** Whether the addon can be used, and if not, why. */
export type TorchAddonStatus =
  | {
      readonly available: true;
      readonly file: string;
      readonly version: string;
      readonly threads: number;
      /** Whether the addon was built for CUDA, and the devices that it sees. */
      readonly cuda: boolean;
      readonly devices: readonly TorchDevice[];
    }
  | { readonly available: false; readonly file: string; readonly code: string; readonly reason: string };

/**
 * Loads the addon.
 *
 * @throws TorchBackendError TORCH_ADDON_MISSING if there is no file, TORCH_VERSION_MISMATCH if it finds another libtorch than the
 *   one it was built against, TORCH_ADDON_BROKEN if it does not load
 */
export function loadAddon(file: string = DEFAULT_ADDON_FILE): NativeAddon {
  if (!existsSync(file)) {
    throw new TorchBackendError(
      'TORCH_ADDON_MISSING',
      `the torch addon is not built: ${file} does not exist; build it with libs/backend-torch/scripts/build-addon.mjs --torch DIR`,
    );
  }
  try {
    return createRequire(import.meta.url)(file) as NativeAddon;
  } catch (error) {
    throw addonFailure(file, error);
  }
}

/** Tells whether the addon loads, without throwing. It does load it: what loads is what works. */
export function torchAddonStatus(file: string = DEFAULT_ADDON_FILE): TorchAddonStatus {
  try {
    const addon = loadAddon(file);
    const cuda = addon.cudaBuild() === 1;
    return {
      available: true,
      file,
      version: addon.version(),
      threads: addon.threads(),
      cuda,
      devices: listDevices(addon),
    };
  } catch (error) {
    const code = error instanceof TorchBackendError ? error.code : 'TORCH_ADDON_BROKEN';
    return { available: false, file, code, reason: error instanceof Error ? error.message : String(error) };
  }
}
