import { jitterViews, KINDS, likeHost } from '../../testdata/like-host.ts';

await likeHost([...KINDS.map((kind) => [`${kind} saturation`, jitterViews(kind, { saturation: 0.8 })] as const)]);
