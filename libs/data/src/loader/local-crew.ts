import { setImmediate } from 'node:timers/promises';
import { messageOf } from '@tessera/core';
import { batchArrays, type BatchArrays } from './batch-buffer.ts';
import type { Crew, CrewEvents } from './crew.ts';
import type { SampleMaker } from './sample-maker.ts';

/** Makes batches in the main thread (`workers: 0`), one task at a time, letting others run between them. */
export function localCrew(maker: SampleMaker, events: CrewEvents): Crew {
  const slots = new Map<number, BatchArrays>();
  let queue = Promise.resolve();
  let live = 0;
  return {
    size: 1,
    addSlot: (slot, buffer, batchSize) => void slots.set(slot, batchArrays(buffer, maker.planes, batchSize)),
    submit(_worker, task) {
      queue = queue.then(async () => {
        await setImmediate();
        try {
          events.done(task.id, await maker.make(task, slots.get(task.slot) ?? [], () => task.id < live));
        } catch (error) {
          events.failed(error instanceof Error ? error : new Error(messageOf(error)));
        }
      });
    },
    cancelBefore: (taskId) => void (live = taskId),
    keepAlive: () => undefined,
    dispose: async () => {
      live = Infinity;
      await queue;
    },
  };
}
