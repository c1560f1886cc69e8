import { likePil } from '../../testdata/like-pil.ts';
import { likeTorchvision } from '../../testdata/like-torchvision.ts';
import { likeTypeScript } from '../../testdata/like-typescript.ts';
import { solarize } from './floats.ts';

likeTorchvision('solarize', (pixels, number) => {
  solarize(pixels, number('threshold'));
});
likePil('solarize', ({ ops, pixels, number }) => {
  ops.solarize(pixels, number('threshold') / 255);
});
likeTypeScript('solarize', (random) => {
  const threshold = random.uniform(0, 1);
  return (ops, pixels) => {
    ops.solarize(pixels, threshold);
  };
});
