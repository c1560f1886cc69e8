import type { Task, TaskResult } from './task.ts';

/** Whoever makes the pixels: worker threads, or the main thread itself. */
export interface Crew {
  /** Number of workers; tasks are addressed to one. */
  readonly size: number;
  /** Makes a buffer known before the first task that writes to it. */
  addSlot(slot: number, buffer: SharedArrayBuffer, batchSize: number): void;
  submit(worker: number, task: Task): void;
  /** Tasks with a lower id are cut short; they still report. */
  cancelBefore(taskId: number): void;
  /** Whether waiting for this crew keeps the process alive. */
  keepAlive(wanted: boolean): void;
  dispose(): Promise<void>;
}

export interface CrewEvents {
  readonly done: (taskId: number, result: TaskResult) => void;
  readonly failed: (error: Error) => void;
}
