import type { DataPass } from '@tessera/core';
import { evaluationForward } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { Composition } from '../compose.ts';
import { evaluationBatches } from '../evaluation/features.ts';
import { placesIn } from '../images/data-facts.ts';
import type { ImageSet } from '../images/images.ts';

/** A pass over the training images in evaluation mode, for methods that cluster between epochs. */
export function dataPass(composition: Composition, images: ImageSet): DataPass {
  const placesOf = placesIn(images);
  return async (visit) => {
    for await (const { pixels, sampleIds, release } of evaluationBatches(composition, images)) {
      const h_BD = tf.tidy(() => composition.method.representation.apply(pixels, evaluationForward()));
      visit(h_BD, placesOf(sampleIds));
      tf.dispose([h_BD, pixels]);
      release();
    }
  };
}
