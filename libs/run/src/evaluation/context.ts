import { fold, type ContextOf, type EvaluationContext, type FeatureSet, type PartChoice } from '@tessera/core';
import type { Composition } from '../compose.ts';
import { factsOf } from '../images/data-facts.ts';
import type { PreparedRecipe } from '../prepare.ts';
import { copyEncoder } from './copy-encoder.ts';
import { featuresOf, plainAugmenter } from './features.ts';
import { labelledBatches } from './labelled-batches.ts';
import { labelledImages, type Measured } from './labelled-images.ts';
import { trainInEvaluation } from './train-in-evaluation.ts';
import { viewFeatures } from './view-features.ts';

/** The context of the evaluations of one moment: they share its features, which go with it. */
export interface OpenContext {
  readonly context: EvaluationContext;
  readonly dispose: () => void;
}

/** What evaluations of an encoder may ask for, as it is now: the features that are kept do not follow its weights. */
export function openContext(
  prepared: PreparedRecipe,
  composition: Composition,
  { encoder, images }: Measured,
): OpenContext {
  const { registry } = prepared;
  const key = fold(composition.key, 'evaluation');
  const kept = new Map<string, Promise<FeatureSet>>();
  const extract: EvaluationContext['features'] = async (split, augmenter) => {
    const found = labelledImages(images, split);
    const features = await featuresOf(composition, encoder, { ...found, ...(augmenter && { augmenter }) });
    tellUnreadable(composition, split, found.images.indices.length, features.labels.length);
    return features;
  };
  const partContext = (inDim: number, scope: string): ContextOf['head'] & ContextOf['objective'] => ({
    key,
    inDim,
    scope,
    batchSize: composition.recipe.trainer.batchSize,
    views: composition.augmenter.views,
    data: factsOf(images.labelled?.bank ?? images.views.images),
    collective: composition.collective,
    warn: composition.warn,
  });
  const classes = images.labelled?.bank.dataset.classes?.length;
  const context: EvaluationContext = {
    key: composition.key,
    ...(classes !== undefined && { classes }),
    encoder,
    copyEncoder: (scope = 'encoder') => copyEncoder(composition, encoder, scope),
    head: ({ name, options = {} }, { inDim, scope = 'head' }) =>
      registry.get('head', name).build(options, partContext(inDim, scope)),
    objective: ({ name, options = {} }, { inDim, scope = 'objective' }) =>
      registry.get('objective', name).build(options, partContext(inDim, scope)),
    features: (split, augmenter) => {
      const which = idOf(split, augmenter ?? plainAugmenter(composition));
      const made = kept.get(which) ?? extract(split, augmenter);
      kept.set(which, made);
      return made;
    },
    batches: (request) => labelledBatches(composition, images, request),
    train: (request) => trainInEvaluation(prepared, composition, images, request),
    views: (request) => viewFeatures(composition, encoder, images.views, request),
    warn: composition.warn,
  };
  return {
    context,
    dispose: () => {
      for (const features of kept.values()) {
        void features.then(
          ({ features_ND }) => {
            features_ND.dispose();
          },
          () => undefined, // whoever asked for it was told
        );
      }
      kept.clear();
    },
  };
}

function idOf(split: string, { name, options = {} }: PartChoice): string {
  return JSON.stringify([split, name, options]);
}

/** Says how many images of a set are not among its features. */
function tellUnreadable({ warn }: Composition, split: 'train' | 'test', all: number, read: number): void {
  if (read === all) return;
  const [code, what] = split === 'test' ? ['W_QUERIES_UNREADABLE', 'query'] : ['W_BANK_UNREADABLE', 'bank'];
  warn(code, `${String(all - read)} of ${String(all)} ${what} images cannot be read and are left out of the score`);
}
