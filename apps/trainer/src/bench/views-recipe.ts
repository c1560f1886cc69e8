import type { Json } from '@tessera/core';
import type { PreparedRecipe } from '@tessera/run/parts';
import { prepare } from '../prepare.ts';
import type { ViewsOptions } from './views-options.ts';
import { viewsTasks } from './views-tasks.ts';

/** Options that a task's augmenter gets. */
export function augmenterOptions({ task, blur, pixels }: Pick<ViewsOptions, 'task' | 'blur' | 'pixels'>): {
  readonly [key: string]: Json;
} {
  const kind = blur === 'gaussian' ? 'gaussian-reflect' : (blur ?? 'none');
  return { ...viewsTasks[task].options, blur: kind, pixels };
}

/**
 * The recipe whose views are made.
 * @throws TesseraError about the options
 */
export function viewsRecipe(options: ViewsOptions): Promise<PreparedRecipe> {
  const { method, batchSize } = viewsTasks[options.task];
  const content = {
    method: { name: method },
    data: { source: 'folder', limit: options.images, workers: options.workers },
    augmenter: { name: method, options: augmenterOptions(options) },
    trainer: { batchSize },
  };
  return prepare({ content, folder: process.cwd() }, { data: options.data });
}
