import { hostOnlyReason, requireDeviceHalf, type Augmenter } from '@tessera/core';
import type { Engine } from '@tessera/engine';
import type { ResolvedRecipe } from './recipe/resolve.ts';

/** Where the ops after the crop are computed, and why there. */
export interface AugmentPlace {
  readonly on: 'host' | 'device';
  /** A clause for people. */
  readonly why: string;
}

/**
 * Follows the recipe's `data.augmentOn`. `auto` is the device where the engine computes on a GPU, the augmenter has a device half and its
 * views are floats, which are the same there.
 * @throws TesseraError `E_AUGMENTER_HOST_ONLY` where the device is asked for and the augmenter has no device half
 */
export function augmentPlace(
  { data, augmenter: { name } }: Pick<ResolvedRecipe, 'data' | 'augmenter'>,
  augmenter: Augmenter,
  engine: Pick<Engine, 'name' | 'device'>,
): AugmentPlace {
  const wanted = data.augmentOn;
  if (wanted === 'device') requireDeviceHalf(name, augmenter);
  if (wanted !== 'auto') return { on: wanted, why: 'as the recipe says' };
  if (engine.device === 'cpu') return { on: 'host', why: `the ${engine.name} engine reports no GPU` };
  const reason = hostOnlyReason(augmenter);
  if (reason !== undefined) return { on: 'host', why: reason };
  // A recipe that wants PIL's pixels gets them; the device is for who asks for it.
  if (augmenter.pixelType === 'uint8')
    return { on: 'host', why: 'only the host rounds after every op (pixels: uint8)' };
  return { on: 'device', why: `the ${engine.name} engine computes on ${engine.device}` };
}
