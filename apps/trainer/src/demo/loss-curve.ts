import { readFileSync } from 'node:fs';
import { scaleLinear } from 'd3-scale';
import { line } from 'd3-shape';
import type { EventOf, TesseraEvent } from '@tessera/core';
import { writeAtomically } from '@tessera/run/parts';

const [WIDTH, HEIGHT] = [720, 400];
const MARGIN = { top: 36, right: 24, bottom: 48, left: 64 };

/** Draws the loss of every step, and the mean of every epoch, from a run's metrics. @returns the path */
export function writeLossCurve(metricsFile: string, path: string): string {
  const events = readFileSync(metricsFile, 'utf8')
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as TesseraEvent);
  writeAtomically(path, lossCurve(events));
  return path;
}

/** The same as an SVG document. */
export function lossCurve(events: readonly TesseraEvent[]): string {
  const steps = events.filter((event): event is EventOf<'step'> => event.type === 'step');
  const epochs = events.filter((event): event is EventOf<'epoch'> => event.type === 'epoch');
  const losses = steps.map(({ loss }) => loss);
  const x = scaleLinear()
    .domain([0, Math.max(1, ...steps.map(({ step }) => step + 1))])
    .range([MARGIN.left, WIDTH - MARGIN.right]);
  const y = scaleLinear()
    .domain(losses.length > 0 ? [Math.min(...losses), Math.max(...losses)] : [0, 1])
    .nice()
    .range([HEIGHT - MARGIN.bottom, MARGIN.top]);
  const perStep = line<EventOf<'step'>>()
    .x(({ step }) => x(step + 1))
    .y(({ loss }) => y(loss));
  const ends = epochs.map((epoch) => ({ ...epoch, middle: middleOf(steps, epoch.epoch) }));
  const perEpoch = line<(typeof ends)[number]>()
    .x(({ middle }) => x(middle))
    .y(({ loss }) => y(loss));
  const text = (left: number, top: number, content: string, anchor = 'middle'): string =>
    `<text x="${left}" y="${top}" text-anchor="${anchor}">${content}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="#333">
<title>Training loss</title>
<rect width="100%" height="100%" fill="#fff"/>
${x
  .ticks(8)
  .map((tick) => text(x(tick), HEIGHT - MARGIN.bottom + 20, String(tick)))
  .join('\n')}
${y
  .ticks(6)
  .map(
    (tick) =>
      `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(tick)}" y2="${y(tick)}" stroke="#ddd"/>${text(MARGIN.left - 8, y(tick) + 4, y.tickFormat(6)(tick), 'end')}`,
  )
  .join('\n')}
<path d="${perStep(steps) ?? ''}" fill="none" stroke="#9ecae1"/>
<path d="${perEpoch(ends) ?? ''}" fill="none" stroke="#08519c" stroke-width="2"/>
${ends.map(({ middle, loss }) => `<circle cx="${x(middle)}" cy="${y(loss)}" r="3" fill="#08519c"/>`).join('\n')}
${text(WIDTH / 2, HEIGHT - 12, 'step')}
${text(MARGIN.left, 20, 'loss of each step, and mean of each epoch', 'start')}
</svg>
`;
}

function middleOf(steps: readonly EventOf<'step'>[], epoch: number): number {
  const own = steps.filter((step) => step.epoch === epoch);
  return own.reduce((sum, { step }) => sum + step + 1, 0) / Math.max(1, own.length);
}
