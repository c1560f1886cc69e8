import { KINDS, likeHost, viewsWith } from '../../testdata/like-host.ts';

await likeHost([...KINDS.map((kind) => [`${kind} colour-jitter`, viewsWith('colour-jitter', { kind })] as const)]);
