import { likeHost, viewsWith } from '../../testdata/like-host.ts';

await likeHost([['solarize', viewsWith('solarize', { threshold: 100 / 255 })]]);
