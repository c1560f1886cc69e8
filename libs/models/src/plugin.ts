import { definePlugin } from '@tessera/core';
import { dinoHead } from './heads/dino.ts';
import { linearHead } from './heads/linear.ts';
import { mlpHead } from './heads/mlp.ts';
import { noHead } from './heads/none.ts';
import { resnetEncoder } from './resnet/resnet.ts';
import { vitEncoder } from './vit/vit.ts';

/** Encoders and heads of this package. */
export const modelsPlugin = definePlugin({
  name: '@tessera/models',
  contract: 2,
  extensions: [resnetEncoder, vitEncoder, mlpHead, linearHead, noHead, dinoHead],
});
