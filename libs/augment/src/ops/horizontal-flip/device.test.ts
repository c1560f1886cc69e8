import { likeHost, viewsWith } from '../../testdata/like-host.ts';

await likeHost([['horizontal-flip', viewsWith('horizontal-flip')]]);
