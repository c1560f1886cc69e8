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
