import type { PreparedRecipe } from '@tessera/run/parts';
import { prepare } from '../prepare.ts';
import { encoders, type StepOptions } from './step-options.ts';

/**
 * The recipe whose step is measured: SimCLR as PyTorch scripts write it, with a head Linear-ReLU-Linear(128), NT-Xent at 0.5 and SGD at
 * 0.01 with momentum 0.9 and no decay. `--set` changes any of it.
 * @throws TesseraError about the options
 */
export function stepRecipe({ encoder, size, stem, batch, ...options }: StepOptions): Promise<PreparedRecipe> {
  const { precision, engine, device, threads, set } = options;
  const content = {
    method: { name: 'simclr' },
    data: { source: 'shapes', workers: 0 }, // not read: the images are random
    augmenter: { options: { size } },
    encoder: { name: 'resnet', options: { ...encoders[encoder], stem } },
    head: { name: 'mlp', options: { layers: 2, out: 128 } },
    objective: { name: 'nt-xent', options: { temperature: 0.5 } },
    optimizer: { name: 'sgd', options: { learningRate: 0.01, momentum: 0.9 } },
    schedule: { name: 'constant' },
    trainer: { batchSize: batch, precision, engine, device, threads },
  };
  return prepare({ content, folder: process.cwd() }, { set });
}
