/**
 * Encoder, head, objective: the composition that SimCLR and SwAV share.
 *
 * Shapes: B images, V views of all groups together, D width of features or embeddings.
 */
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor2D } from '@tensorflow/tfjs-core';
import {
  withKey,
  type Embedded,
  type Method,
  type MethodContext,
  type MethodPart,
  type ViewGroup,
} from '@tessera/core';
import { composeMethod, toFloat32 } from '@tessera/engine';

/** What {@link siamese} is made of. */
export interface SiameseParts extends Readonly<Record<string, MethodPart>> {
  readonly encoder: MethodPart<'encoder'>;
  readonly head: MethodPart<'head'>;
  readonly objective: MethodPart<'objective'>;
}

/**
 * Every view goes through one encoder and one head; the objective sees one [B, D] per view, in the order of the groups.
 *
 * The encoder runs once per resolution, so its batch norm sees one resolution at a time; the head runs once over the crops of all
 * resolutions, so its batch norm sees them together (SwAV's resnet50.py `forward`; running crops one by one gives other gradients).
 */
export function siamese({ build }: MethodContext<SiameseParts>): Method {
  const encoder = build('encoder');
  const head = build('head', { inDim: encoder.featureDim });
  const objective = build('objective', { inDim: head.outDim });
  return composeMethod(
    { encoder, head, objective },
    {
      embed: (groups, forward): Embedded => {
        const perGroup = groups.map(({ pixels }, group) => encoder.apply(pixels, withKey(forward, 'group', group)));
        const h_RD = perGroup.length === 1 && perGroup[0] ? perGroup[0] : tf.concat(perGroup);
        const z_RD = toFloat32(head.apply(h_RD, forward));
        const views = countViews(groups);
        return { features: perView(toFloat32(h_RD), views), embeddings: { online: perView(z_RD, views) } };
      },
      loss: (embeddings, batch, forward) => objective.loss(embeddings, batch, forward),
    },
  );
}

function countViews(groups: readonly ViewGroup[]): number {
  return groups.reduce((sum, { count }) => sum + count, 0);
}

/** View-major [V * B, D] to V times [B, D]. */
function perView(x_RD: Tensor2D, views: number): Tensor2D[] {
  return tf.split(x_RD, views);
}
