import { likeHost, viewsWith } from '../../testdata/like-host.ts';

await likeHost([['grayscale', viewsWith('grayscale')]]);
