import { likeHost, viewsWith } from '../../testdata/like-host.ts';

await likeHost([['rotate', viewsWith('rotate')]]);
