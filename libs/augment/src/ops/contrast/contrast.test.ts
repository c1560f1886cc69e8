import { likePil } from '../../testdata/like-pil.ts';
import { likeTensorFlow } from '../../testdata/like-tensorflow.ts';
import { likeTorchvision } from '../../testdata/like-torchvision.ts';
import { likeTypeScript } from '../../testdata/like-typescript.ts';
import { channelContrast } from './channel-contrast.ts';
import { contrast } from './floats.ts';

likeTorchvision('contrast', (pixels, number) => {
  contrast(pixels, number('factor'));
});
likeTensorFlow('channelContrast', (pixels, [factor = NaN]) => {
  channelContrast(pixels, factor);
});
likePil('contrast', ({ ops, pixels, number }) => {
  ops.contrast(pixels, number('factor'));
});
likeTypeScript('contrast', (random) => {
  const factor = random.uniform(0, 2);
  return (ops, pixels) => {
    ops.contrast(pixels, factor);
  };
});
