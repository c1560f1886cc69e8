/** Which file is read how. A stem that is not here has no reader, and fails. */
import { augmentOps } from './kinds/augment-ops.ts';
import { contrastiveVariants } from './kinds/contrastive-variants.ts';
import { ema } from './kinds/ema.ts';
import { knn } from './kinds/knn.ts';
import { ntXentFile } from './kinds/nt-xent.ts';
import { larcSwav, larsGoogle, optimizersTorch } from './kinds/optimizers.ts';
import { barlowTwinsFile, negativeCosine, supConFile, vicregFile } from './kinds/pair-losses.ts';
import { resnet } from './kinds/resnet.ts';
import { warmupCosineGoogle, warmupCosineSwav } from './kinds/schedules.ts';
import { schedules2 } from './kinds/schedules2.ts';
import { sinkhornFile } from './kinds/sinkhorn.ts';
import { dinoLossFile, instdiscFile, mocoNceFile } from './kinds/stateful-losses.ts';
import { swavLoss } from './kinds/swav-loss.ts';
import { swavVariants } from './kinds/swav-variants.ts';
import { byolTraceFile, dinoTraceFile, mocoTraceFile, simsiamTraceFile, trainTraceFile } from './kinds/traces.ts';
import { vit } from './kinds/vit.ts';
import type { Kind } from './measurement.ts';

export const kinds: Readonly<Record<string, Kind>> = {
  augment_ops: augmentOps,
  barlow_twins: barlowTwinsFile,
  byol_trace: byolTraceFile,
  contrastive_variants: contrastiveVariants,
  dino_loss: dinoLossFile,
  dino_trace: dinoTraceFile,
  ema,
  instdisc: instdiscFile,
  knn,
  larc_swav: larcSwav,
  lars_google: larsGoogle,
  moco_nce: mocoNceFile,
  moco_trace: mocoTraceFile,
  negative_cosine: negativeCosine,
  ntxent: ntXentFile('mean2n'),
  ntxent_google: ntXentFile('google'),
  optimizers_torch: optimizersTorch,
  resnet,
  schedules2,
  simsiam_trace: simsiamTraceFile,
  sinkhorn: sinkhornFile,
  supcon: supConFile,
  swav_loss: swavLoss,
  swav_variants: swavVariants,
  train_trace: trainTraceFile,
  vicreg: vicregFile,
  vit,
  warmup_cosine_google: warmupCosineGoogle,
  warmup_cosine_swav: warmupCosineSwav,
};
