import type { DataMemory, EventOf, TesseraEvent } from '@tessera/core';
import { decimals } from '@tessera/run/parts';

/** `1 h 02 min`, `3 min 20 s`, `45 s`. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  if (hours > 0) return `${hours} h ${String(minutes).padStart(2, '0')} min`;
  return minutes > 0 ? `${minutes} min ${String(rest).padStart(2, '0')} s` : `${rest} s`;
}

function metricsText(metrics: Readonly<Record<string, number>>): string {
  return Object.entries(metrics)
    .map(([name, value]) => `${name} ${Number.isInteger(value) ? String(value) : decimals(value)}`)
    .join('  ');
}

/** What preparing images may hold: `2 workers; at most 15.7 MB in 5 batches and 1024 MB of small images decoded (limits ...)`. */
export function memoryText({ workers, batches, bufferBytes, cacheBytes, heapBytes, decodeBytes }: DataMemory): string {
  const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(bytes < 100 * 2 ** 20 ? 1 : 0)} MB`;
  const who = workers === 0 ? 'no workers' : `${workers} ${workers === 1 ? 'worker' : 'workers'}`;
  const heap = workers === 0 ? '' : `, ${megabytes(heapBytes)} of plugins' heap`;
  return `${who}; at most ${megabytes(bufferBytes)} in ${batches} batches and ${megabytes(cacheBytes)} of small images decoded (limits besides: ${megabytes(decodeBytes)} of images while they are decoded${heap})`;
}

/** Said where it matters: a twentieth of the time or more. */
function waitText({ seconds, dataSeconds = 0 }: EventOf<'epoch'>): string {
  const share = dataSeconds / seconds;
  return share < 0.05 ? '' : ` (${(100 * share).toFixed(0)} % waiting for images)`;
}

function skippedText(count: number): string {
  return count === 0 ? '' : `, ${count} unreadable ${count === 1 ? 'image' : 'images'} skipped`;
}

/** `22 of 108 images (data.every=5)` */
function imagesText({ images, subset }: EventOf<'run-started'>): string {
  return subset
    ? `${images} of ${subset.of} images (${subset.by.join(', ')})`
    : `${images} ${images === 1 ? 'image' : 'images'}`;
}

function continuesText({ firstStep, totalSteps }: EventOf<'run-started'>): string {
  return firstStep < totalSteps
    ? `continues at step ${firstStep + 1} of ${totalSteps}`
    : `was at its end: ${firstStep} of ${totalSteps} steps are done`;
}

/** What an event other than a step says to a person; none where it says nothing. */
export function describeEvent(event: TesseraEvent): readonly string[] {
  switch (event.type) {
    case 'run-started':
      return [
        `${event.method} on ${imagesText(event)}, ${event.parameters.toLocaleString('en')} parameters, engine ${event.engine} (${[event.device, event.precision].filter((part) => part !== undefined).join(', ')})`,
        ...(event.subset && event.subset.all.length > 0
          ? [`to use all images: ${event.subset.all.map((change) => `--set ${change}`).join(' ')}`]
          : []),
        ...(event.data ? [`data: ${memoryText(event.data)}`] : []),
        ...(event.augmentation?.on === 'device' ? [`augmentation: crops on the host, the rest on the device`] : []),
        `run folder: ${event.runDirectory}`,
        ...(event.firstStep > 0 ? [continuesText(event)] : []),
      ];
    case 'epoch':
      return [
        `epoch ${event.epoch + 1}  loss ${decimals(event.loss)}  ${event.imagesPerSecond.toFixed(0)} images/s${waitText(event)}  ${metricsText(event.metrics)}`.trimEnd(),
      ];
    case 'evaluation':
      return [`${event.name} after epoch ${event.epoch}  ${metricsText(event.metrics)}`];
    case 'warning':
      return [`warning: ${event.message} [${event.code}]`];
    case 'run-ended':
      return [
        `${event.reason} after ${duration(event.seconds)}, ${event.step} ${event.step === 1 ? 'step' : 'steps'}${skippedText(event.summary['skippedImages'] ?? 0)}`,
      ];
    default: // steps, checkpoints, and what packages add
      return [];
  }
}
