import { likeHost, viewsWith } from '../../testdata/like-host.ts';

await likeHost([
  ['sobel', viewsWith('sobel')],
  ['sobel of one pixel', viewsWith('sobel', {}, 1)],
]);
