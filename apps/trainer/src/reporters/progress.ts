import { defineReporter, type EventOf, type Reporter, type TesseraEvent } from '@tessera/core';
import { SingleBar, Presets } from 'cli-progress';
import { defer, finalize, tap } from 'rxjs';
import { z } from 'zod';
import { decimals, significant } from '@tessera/run/parts';
import { describeEvent, duration } from './text.ts';
import { toldEpochs } from './told-epochs.ts';

/** The display of a run: a bar on a terminal, else a line now and then. */
export const progressReporter = defineReporter({
  name: 'progress',
  summary: 'Shows epoch, loss, learning rate, images/s and time left: a bar on a terminal, else lines.',
  options: z.strictObject({
    everySeconds: z.number().positive().default(10).describe('seconds between lines where there is no terminal'),
  }),
  create:
    ({ everySeconds }, { interactive }) =>
    (events) =>
      defer(() => {
        const display = interactive ? barDisplay() : lineDisplay(everySeconds * 1000);
        return events.pipe(tap(display.show), finalize(display.end));
      }),
});

/** The display of a command. @param interactive a terminal is watching */
export function progressTo(interactive: boolean): Reporter {
  const report = progressReporter.build({}, { runDirectory: '', interactive });
  return function progress(events) {
    return report(events);
  };
}

const everyEpoch: ReturnType<typeof toldEpochs> = () => true;

interface Display {
  readonly show: (event: TesseraEvent) => void;
  readonly end: () => void;
}

function lineDisplay(everyMilliseconds: number): Display {
  const pace = paceMeter();
  let isTold = everyEpoch;
  let last = performance.now();
  return {
    show: (event) => {
      if (event.type === 'run-started') {
        pace.begin(event);
        isTold = toldEpochs(event);
      }
      if (event.type === 'epoch' && !isTold(event.epoch)) return;
      if (event.type !== 'step') {
        for (const line of describeEvent(event)) process.stdout.write(`${line}\n`);
        if (event.type === 'epoch') last = performance.now();
        return;
      }
      pace.add(event);
      if (performance.now() - last < everyMilliseconds) return;
      last = performance.now();
      process.stdout.write(
        `  step ${event.step + 1}/${pace.totalSteps()}  ${pace.text(event)}  ${duration(pace.secondsLeft(event.step))} left\n`,
      );
    },
    end: () => undefined,
  };
}

function barDisplay(): Display {
  const pace = paceMeter();
  const bar = new SingleBar(
    {
      format: '{bar} {percentage}% | epoch {epoch} | {text} | {left} left',
      clearOnComplete: true,
      hideCursor: true,
      gracefulExit: false,
      stream: process.stderr,
      fps: 8,
    },
    Presets.shades_classic,
  );
  let isTold = everyEpoch;
  let shown = { value: 0, payload: { epoch: '1', text: 'first step', left: '?' } };
  const interrupt = (lines: readonly string[]): void => {
    if (lines.length === 0) return;
    const running = bar.isActive;
    if (running) bar.stop();
    for (const line of lines) process.stderr.write(`${line}\n`);
    if (running) bar.start(pace.totalSteps(), shown.value, shown.payload);
  };
  return {
    show: (event) => {
      if (event.type === 'run-started') {
        pace.begin(event);
        isTold = toldEpochs(event);
        shown.value = event.firstStep;
        for (const line of describeEvent(event)) process.stderr.write(`${line}\n`);
        bar.start(event.totalSteps, event.firstStep, shown.payload);
      } else if (event.type === 'step') {
        pace.add(event);
        shown = {
          value: event.step + 1,
          payload: {
            epoch: String(event.epoch + 1),
            text: pace.text(event),
            left: duration(pace.secondsLeft(event.step)),
          },
        };
        bar.update(shown.value, shown.payload);
      } else if (event.type === 'run-ended') {
        bar.stop();
        for (const line of describeEvent(event)) process.stderr.write(`${line}\n`);
      } else if (event.type !== 'epoch' || isTold(event.epoch)) {
        interrupt(describeEvent(event));
      }
    },
    end: () => {
      bar.stop();
    },
  };
}

/** Recent speed: exponential means over about twenty steps. */
function paceMeter(): {
  begin(event: EventOf<'run-started'>): void;
  add(event: EventOf<'step'>): void;
  totalSteps(): number;
  secondsLeft(step: number): number;
  text(event: EventOf<'step'>): string;
} {
  let total = 0;
  let [secondsPerStep, weight, images] = [0, 0, 0];
  const mean = (): number => secondsPerStep / Math.max(weight, 1e-9);
  return {
    begin: ({ totalSteps }) => {
      total = totalSteps;
    },
    add: ({ seconds, images: count }) => {
      secondsPerStep = 0.95 * secondsPerStep + 0.05 * seconds;
      weight = 0.95 * weight + 0.05;
      images = count;
    },
    totalSteps: () => total,
    secondsLeft: (step) => (total - step - 1) * mean(),
    text: ({ loss, learningRate }) =>
      `loss ${decimals(loss)}  lr ${significant(learningRate)}  ${(images / mean()).toFixed(0)} images/s`,
  };
}
