import type { UsageSummary } from './prototype-usage.ts';

type Warn = (code: string, message: string) => void;

/** B samples cannot be shared out evenly among more than B prototypes. */
export function warnIfTooManyPrototypes(prototypes: number, batchSize: number, queueLength: number, warn: Warn): void {
  const samples = batchSize + queueLength;
  if (prototypes <= samples) return;
  const from = queueLength > 0 ? `batch ${batchSize} + queue ${queueLength}` : `batch ${batchSize}, no queue`;
  warn(
    'W_PROTOTYPES_EXCEED_BATCH',
    `${prototypes} prototypes cannot share ${samples} samples (${from}) evenly: use fewer prototypes, a larger batch, or a longer queue.`,
  );
}

/** A mean loss this near to ln K, relatively, with codes this many times sharper than uniform at most, is a collapse. */
const NEAR = 0.005;
const FLAT = 2;

/** Collapse has one signature: all predictions and codes are uniform, and the loss is ln K. */
export function warnIfCollapsed({ loss, codeSharpness }: UsageSummary, prototypes: number, warn: Warn): void {
  const collapsed = Math.log(prototypes);
  if (Math.abs(loss / collapsed - 1) > NEAR || codeSharpness * prototypes > FLAT) return;
  warn(
    'W_COLLAPSE',
    `the epoch's mean loss ${loss.toFixed(4)} is the collapse value ln ${prototypes} = ${collapsed.toFixed(4)}: all embeddings are alike. ` +
      'Try a smaller epsilon (0.03), prototypes frozen for longer, a lower learning rate, or softer augmentation; with a queue, a shorter or later one.',
  );
}
