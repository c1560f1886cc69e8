import { TesseraError } from '../errors.ts';
import type { Augmenter } from './data.ts';
import type { DeviceHalf } from './device-half.ts';

/** Why an augmenter makes its views on the host only, as a clause; undefined where it has a device half. */
export function hostOnlyReason({ device }: Augmenter): string | undefined {
  if (!device) return 'it has no device half';
  return 'hostOnly' in device ? device.hostOnly : undefined;
}

/** An augmenter's device half. @param name the augmenter's, for the message @throws TesseraError `E_AUGMENTER_HOST_ONLY` */
export function requireDeviceHalf(name: string, augmenter: Augmenter): DeviceHalf {
  const { device } = augmenter;
  if (device && !('hostOnly' in device)) return device;
  throw new TesseraError({
    code: 'E_AUGMENTER_HOST_ONLY',
    message: `the views of the augmenter '${name}' cannot be finished on the device: ${String(hostOnlyReason(augmenter))}`,
    next: 'Use data.augmentOn=auto or host, or leave out what has no device form (docs/plugins.md tells how to write one).',
  });
}
