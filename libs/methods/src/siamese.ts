/**
 * Encoder, head, objective: the composition that SimCLR and SwAV share.
 *
 * Shapes: B images, V views of all groups together, D width of features or embeddings.
 */
import type { Embedded, Method, MethodContext, MethodPart } from '@tessera/core';
import { composeMethod } from '@tessera/engine';
import { embedViews, type ViewOrder } from './embed-views.ts';

/** What {@link siamese} is made of. */
export interface SiameseParts extends Readonly<Record<string, MethodPart>> {
  readonly encoder: MethodPart<'encoder'>;
  readonly head: MethodPart<'head'>;
  readonly objective: MethodPart<'objective'>;
}

/**
 * Every view goes through one encoder and one head; the objective sees one [B, D] per view, in the order of the groups.
 *
 * @param order how views go through the network's batch norm; together by default, as SimCLR and SwAV have it
 */
export function siamese({ build }: MethodContext<SiameseParts>, order: ViewOrder = 'together'): Method {
  const encoder = build('encoder');
  const head = build('head', { inDim: encoder.featureDim });
  const objective = build('objective', { inDim: head.outDim });
  return composeMethod(
    { encoder, head, objective },
    {
      embed: (groups, forward): Embedded => {
        const { features, embeddings } = embedViews({ encoder, head }, groups, forward, order);
        return { features, embeddings: { online: embeddings } };
      },
      loss: (embeddings, batch, forward) => objective.loss(embeddings, batch, forward),
    },
  );
}
