/** Shapes: B images, V views of all groups together, D width of features or embeddings. */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D, Tensor4D } from '@tensorflow/tfjs-core';
import { withKey, type Encoder, type Forward, type Head, type ViewGroup } from '@tessera/core';
import { toFloat32 } from '@tessera/engine';
import { z } from 'zod';

/** h and z of every view, one [B, D] each, in the order of the groups. */
export interface EmbeddedViews {
  readonly features: readonly Tensor2D[];
  readonly embeddings: readonly Tensor2D[];
}

/**
 * How views go through a network with batch norm. `together`: the encoder once per resolution, the head once over the crops of all (SwAV's
 * resnet50.py `forward`; SimCLR). `apart`: each view on its own, so that statistics never see two views of an image together (BYOL, SimSiam,
 * Barlow Twins, MoCo).
 */
export type ViewOrder = 'together' | 'apart';

/** The option that chooses it. */
export const viewOrder = (order: ViewOrder) =>
  z
    .enum(['apart', 'together'])
    .default(order)
    .describe('whether batch norm sees each view alone, as the references have it, or all views of a resolution');

/** Runs an encoder and a head over views. */
export function embedViews(
  { encoder, head }: { readonly encoder: Encoder; readonly head: Head },
  groups: readonly ViewGroup[],
  forward: Forward,
  order: ViewOrder,
): EmbeddedViews {
  if (order === 'apart') {
    const pixels = groups.flatMap((group) => tf.split<Tensor4D>(group.pixels, group.count));
    const forwards = pixels.map((_, view) => withKey(forward, 'view', view));
    const features = pixels.map((x, view) => encoder.apply(x, forwards[view] ?? forward));
    const embeddings = features.map((h_BD, view) => toFloat32(head.apply(h_BD, forwards[view] ?? forward)));
    return { features: features.map(toFloat32), embeddings };
  }
  const perGroup = groups.map(({ pixels }, group) => encoder.apply(pixels, withKey(forward, 'group', group)));
  const h_RD = perGroup.length === 1 && perGroup[0] ? perGroup[0] : tf.concat(perGroup);
  const z_RD = toFloat32(head.apply(h_RD, forward));
  const views = groups.reduce((sum, { count }) => sum + count, 0);
  return { features: perView(toFloat32(h_RD), views), embeddings: perView(z_RD, views) };
}

/** A predictor over the embeddings of every view, in the same order; float32. */
export function predictViews(
  predictor: Head,
  embeddings: readonly Tensor2D[],
  forward: Forward,
  order: ViewOrder,
): Tensor2D[] {
  if (order === 'together')
    return perView(toFloat32(predictor.apply(tf.concat([...embeddings]), forward)), embeddings.length);
  return embeddings.map((z_BD, view) => toFloat32(predictor.apply(z_BD, withKey(forward, 'view', view))));
}

/** View-major [V * B, D] to V times [B, D]. */
export function perView(x_RD: Tensor2D, views: number): Tensor2D[] {
  return tf.split(x_RD, views);
}
