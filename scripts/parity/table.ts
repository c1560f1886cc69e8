/** Which file is read how. A stem that is not here has no reader, and fails. */
import { augmentOps } from './kinds/augment-ops.ts';
import { contrastiveVariants } from './kinds/contrastive-variants.ts';
import { ema } from './kinds/ema.ts';
import { knn } from './kinds/knn.ts';
import { ntXentFile } from './kinds/nt-xent.ts';
import { larcSwav, larsGoogle, optimizersTorch } from './kinds/optimizers.ts';
import { barlowTwinsFile, negativeCosine, supConFile } from './kinds/pair-losses.ts';
import { resnet } from './kinds/resnet.ts';
import { warmupCosineGoogle, warmupCosineSwav } from './kinds/schedules.ts';
import { sinkhornFile } from './kinds/sinkhorn.ts';
import { dinoLossFile, instdiscFile, mocoNceFile } from './kinds/stateful-losses.ts';
import { swavLoss } from './kinds/swav-loss.ts';
import { swavVariants } from './kinds/swav-variants.ts';
import { trainTrace } from './kinds/train-trace.ts';
import { vit } from './kinds/vit.ts';
import type { Kind } from './measurement.ts';

export const kinds: Readonly<Record<string, Kind>> = {
  augment_ops: augmentOps,
  barlow_twins: barlowTwinsFile,
  contrastive_variants: contrastiveVariants,
  dino_loss: dinoLossFile,
  ema,
  instdisc: instdiscFile,
  knn,
  larc_swav: larcSwav,
  lars_google: larsGoogle,
  moco_nce: mocoNceFile,
  negative_cosine: negativeCosine,
  ntxent: ntXentFile('mean2n'),
  ntxent_google: ntXentFile('google'),
  optimizers_torch: optimizersTorch,
  resnet,
  sinkhorn: sinkhornFile,
  supcon: supConFile,
  swav_loss: swavLoss,
  swav_variants: swavVariants,
  train_trace: trainTrace,
  vit,
  warmup_cosine_google: warmupCosineGoogle,
  warmup_cosine_swav: warmupCosineSwav,
};
