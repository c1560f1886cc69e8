import { TesseraError, type Head } from '@tessera/core';

/**
 * What a predictor makes is compared with what the head makes of the other view.
 * @throws TesseraError `E_PREDICTOR_WIDTH` where the two are not of one width
 */
export function requirePredictorWidth(head: Head, predictor: Head): void {
  if (predictor.outDim === head.outDim) return;
  throw new TesseraError({
    code: 'E_PREDICTOR_WIDTH',
    message: `the predictor gives ${String(predictor.outDim)} numbers and the head ${String(head.outDim)}, and the two are compared`,
    next: `Give both one width: --set parts.predictor.options.out=${String(head.outDim)}, or head.options.out=${String(predictor.outDim)}.`,
  });
}
