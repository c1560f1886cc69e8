import { jitterViews, KINDS, likeHost } from '../../testdata/like-host.ts';

await likeHost([...KINDS.map((kind) => [`${kind} brightness`, jitterViews(kind, { brightness: 0.8 })] as const)]);
