import { jitterViews, KINDS, likeHost } from '../../testdata/like-host.ts';

await likeHost([...KINDS.map((kind) => [`${kind} contrast`, jitterViews(kind, { contrast: 0.8 })] as const)]);
