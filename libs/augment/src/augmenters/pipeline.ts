import { definePipelineAugmenter } from '../pipeline/pipeline-augmenter.ts';
import { viewOps } from '../ops/view-ops.ts';

/** `pipeline`: every op of SimCLR's figure 4, in any order, on all views or on some (its asymmetric study). */
export const pipelineAugmenter = definePipelineAugmenter('pipeline', viewOps);
