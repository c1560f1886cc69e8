import { likePil } from '../../testdata/like-pil.ts';
import { likeTensorFlow } from '../../testdata/like-tensorflow.ts';
import { likeTorchvision } from '../../testdata/like-torchvision.ts';
import { likeTypeScript } from '../../testdata/like-typescript.ts';
import { saturation } from './floats.ts';
import { hsvSaturation } from './hsv-saturation.ts';

likeTorchvision('saturation', (pixels, number) => {
  saturation(pixels, number('factor'));
});
likeTensorFlow('hsvSaturation', (pixels, [factor = NaN]) => {
  hsvSaturation(pixels, factor);
});
likePil('saturation', ({ ops, pixels, number }) => {
  ops.saturation(pixels, number('factor'));
});
likeTypeScript('saturation', (random) => {
  const factor = random.uniform(0, 2);
  return (ops, pixels) => {
    ops.saturation(pixels, factor);
  };
});
