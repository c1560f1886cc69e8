import { fold, stream, TesseraError, type Forward } from '@tessera/core';
import { mul, reshape, tensor3d, type Rank, type Tensor2D } from '@tensorflow/tfjs-core';

/**
 * Stochastic depth (Huang et al. 2016; timm's `DropPath`): in training an image skips the branch with probability `rate`, and what stays is
 * divided by 1 - rate. The draw is the image's: of the pass's key, the layer's name and the sample id, one after the other for its views.
 * Legend: R rows, those of an image together; D width.
 * @param name of the layer, with its scope
 */
export function createDropPath(
  name: string,
  rate: number,
): (branch_RD: Tensor2D, images: number, forward: Forward) => Tensor2D {
  return (branch_RD, images, forward) => {
    if (rate === 0 || !forward.training) return branch_RD;
    const scale_B11 = tensor3d(pathScales(name, rate, images, forward), [images, 1, 1], 'float32');
    const branch_BTD = reshape<Rank.R3>(branch_RD, [images, branch_RD.shape[0] / images, branch_RD.shape[1]]);
    return reshape(mul(branch_BTD, scale_B11), branch_RD.shape);
  };
}

/**
 * 0 for an image that skips, 1 / (1 - rate) for one that does not.
 * @param images rows of the pass: the step's images once for each of their views, crop-major
 * @throws TesseraError `E_SAMPLE_IDS` when they are no multiple of the sample ids
 */
export function pathScales(name: string, rate: number, images: number, { key, sampleIds }: Forward): Float32Array {
  // Rows that are no training images have no id but their place.
  const ids = sampleIds.length > 0 ? sampleIds : Int32Array.from({ length: images }, (_, row) => row);
  if (images % ids.length !== 0) {
    throw new TesseraError({
      code: 'E_SAMPLE_IDS',
      message: `drop-path '${name}' got ${String(images)} images for ${String(ids.length)} sample ids; expected a multiple, crop-major`,
      next: 'Give the encoder whole views of the step: view after view, each with every image.',
    });
  }
  const layer = fold(key, name);
  const draws = Array.from(ids, (id) => stream(fold(layer, id)));
  return Float32Array.from({ length: images }, (_, row) =>
    draws[row % ids.length]?.bernoulli(rate) === true ? 0 : 1 / (1 - rate),
  );
}
