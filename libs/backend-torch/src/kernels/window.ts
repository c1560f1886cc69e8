import { util } from '@tensorflow/tfjs-core';
import type { TensorInfo, backend_util } from '@tensorflow/tfjs-core';
import { TorchBackendError } from '../errors.ts';

type Info = backend_util.Conv2DInfo;

/** Top, bottom, left and right padding that give the output size which tfjs computed, rounding up included. */
export function padsOf(info: Info): [number, number, number, number] {
  const { padInfo, outHeight, outWidth, strideHeight, strideWidth, inHeight, inWidth } = info;
  const { top, left } = padInfo;
  const bottom = (outHeight - 1) * strideHeight + info.effectiveFilterHeight - inHeight - top;
  const right = (outWidth - 1) * strideWidth + info.effectiveFilterWidth - inWidth - left;
  return [top, Math.max(padInfo.bottom, bottom), left, Math.max(padInfo.right, right)];
}

/** A gradient has the shape of what it is the gradient of; the addon computes with it on raw memory. */
export function requireShape(name: string, tensor: TensorInfo, expected: readonly number[]): void {
  if (util.arraysEqual(tensor.shape, expected as number[])) return;
  throw new TorchBackendError(
    'TORCH_BAD_ARGUMENT',
    `${name} has the shape [${String(tensor.shape)}], expected [${String(expected)}]; give the gradient of this operation's own result`,
  );
}

/** Images are [batch, height, width, channels] here. */
export function requireNhwc(dataFormat: string | undefined): void {
  if (dataFormat === undefined || dataFormat === 'NHWC') return;
  throw new TorchBackendError(
    'TORCH_UNSUPPORTED',
    `the torch engine takes NHWC images, got ${dataFormat}; transpose first`,
  );
}
