import type { TesseraEvent } from '@tessera/core';

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
    .map(([name, value]) => `${name} ${Number.isInteger(value) ? String(value) : value.toFixed(4)}`)
    .join('  ');
}

/** What an event other than a step says to a person; none where it says nothing. */
export function describeEvent(event: TesseraEvent): readonly string[] {
  switch (event.type) {
    case 'run-started':
      return [
        `${event.method} on ${event.images} images, ${event.parameters.toLocaleString('en')} parameters, engine ${event.engine} (${[event.device, event.precision].filter((part) => part !== undefined).join(', ')})`,
        `run folder: ${event.runDirectory}`,
        ...(event.firstStep > 0 ? [`continues at step ${event.firstStep + 1} of ${event.totalSteps}`] : []),
      ];
    case 'epoch':
      return [
        `epoch ${event.epoch + 1}  loss ${event.loss.toFixed(4)}  ${event.imagesPerSecond.toFixed(0)} images/s  ${metricsText(event.metrics)}`.trimEnd(),
      ];
    case 'evaluation':
      return [`${event.name} after epoch ${event.epoch}  ${metricsText(event.metrics)}`];
    case 'warning':
      return [`warning: ${event.message} [${event.code}]`];
    case 'run-ended':
      return [`${event.reason} after ${duration(event.seconds)}, ${event.step} steps`];
    case 'checkpoint':
    case 'step':
      return [];
  }
}
