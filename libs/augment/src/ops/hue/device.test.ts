import { jitterViews, KINDS, likeHost } from '../../testdata/like-host.ts';

await likeHost([...KINDS.map((kind) => [`${kind} hue`, jitterViews(kind, { hue: 0.5 })] as const)]);
