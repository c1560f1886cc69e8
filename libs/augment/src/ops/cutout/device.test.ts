import { likeHost, viewsWith } from '../../testdata/like-host.ts';

await likeHost([['cutout', viewsWith('cutout', { side: 0.4, fill: 0.25 })]]);
