import type { Augmenter } from '@tessera/core';
import { likeHost, viewsWith } from '../../testdata/like-host.ts';

const blurred = (options: object, size?: number): Augmenter => viewsWith('gaussian-blur', options, size);

await likeHost([
  ['pil', blurred({ kind: 'pil' })],
  ['pil, wide', blurred({ kind: 'pil', sigma: [3, 30] }, 9)],
  ['pil of one pixel', blurred({ kind: 'pil' }, 1)],
  ['gaussian-reflect', blurred({ kind: 'gaussian-reflect' }, 50)],
  ['gaussian-reflect of one pixel', blurred({ kind: 'gaussian-reflect' }, 1)],
  ['gaussian-zero', blurred({ kind: 'gaussian-zero' }, 50)],
  ['narrow', blurred({ kind: 'gaussian-reflect', sigma: [0.001, 0.01] }, 40)],
]);
