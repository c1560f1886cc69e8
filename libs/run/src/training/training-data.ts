import { requireDeviceHalf, type AugmentOnDevice, type DataPass, type PartChoice, type ViewGroup } from '@tessera/core';
import type { LoaderMemory } from '@tessera/data';
import type { Composition } from '../compose.ts';
import { placesIn } from '../images/data-facts.ts';
import type { ImageSet } from '../images/images.ts';
import { dataPass } from './data-pass.ts';
import { uploadGroups } from './upload.ts';

/** Images of a step, still on the host. */
export interface TrainingBatch {
  readonly sampleIds: Int32Array;
  readonly labels: Int32Array | undefined;
  /** The views on the engine; the caller disposes them before it releases the batch. */
  readonly upload: () => ViewGroup[];
  readonly release: () => void;
}

/** What a loop trains on. */
export interface TrainingData {
  readonly stepsPerEpoch: number;
  readonly memory: LoaderMemory;
  /** The batches of an epoch from one on. @param continues the next epoch is going to be read too */
  batches(
    epoch: number,
    from: { readonly firstBatch: number; readonly continues: boolean },
  ): AsyncIterable<TrainingBatch>;
  /** All images in evaluation mode, for methods that cluster between epochs. */
  readonly pass: DataPass;
  dispose(): Promise<void>;
}

/** How images become batches. */
export interface TrainingDataOptions {
  readonly augmenter: PartChoice;
  readonly batchSize: number;
  readonly augmentOn?: 'host' | 'device';
  /** Added to an epoch's number in its draws: an evaluation's are none of training's. */
  readonly firstEpoch?: number;
}

/** Opens the training images of a run, or of an evaluation that trains. */
export async function openTrainingData(
  composition: Composition,
  images: ImageSet,
  { augmenter, batchSize, augmentOn = 'host', firstEpoch = 0 }: TrainingDataOptions,
): Promise<TrainingData> {
  const { normalize } = composition.recipe.data;
  const onDevice = augmentOn === 'device' ? await deviceHalf(composition) : undefined;
  const loader = await composition.load({ images, augmenter, batchSize, training: true, augmentOn });
  const placesOf = placesIn(images);
  return {
    stepsPerEpoch: loader.batchesPerEpoch,
    memory: loader.memory,
    async *batches(epoch, from) {
      for await (const batch of loader.epoch(firstEpoch + epoch, from)) {
        yield {
          sampleIds: placesOf(batch.sampleIds),
          labels: batch.labels,
          upload: () => uploadGroups(batch.groups, normalize, onDevice),
          release: () => {
            batch.release();
          },
        };
      }
    },
    pass: dataPass(composition, images),
    dispose: () => loader.dispose(),
  };
}

function deviceHalf({ recipe, augmenter }: Composition): Promise<AugmentOnDevice> {
  return requireDeviceHalf(recipe.augmenter.name, augmenter).load();
}
