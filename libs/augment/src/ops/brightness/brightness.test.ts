import { likePil } from '../../testdata/like-pil.ts';
import { likeTensorFlow } from '../../testdata/like-tensorflow.ts';
import { likeTorchvision } from '../../testdata/like-torchvision.ts';
import { likeTypeScript } from '../../testdata/like-typescript.ts';
import { addBrightness } from './add-brightness.ts';
import { brightness } from './floats.ts';

likeTorchvision('brightness', (pixels, number) => {
  brightness(pixels, number('factor'));
});
likeTensorFlow('brightness', (pixels, [factor = NaN]) => {
  brightness(pixels, factor);
});
likeTensorFlow('addBrightness', (pixels, [delta = NaN]) => {
  addBrightness(pixels, delta);
});
likePil('brightness', ({ ops, pixels, number }) => {
  ops.brightness(pixels, number('factor'));
});
likeTypeScript('brightness', (random) => {
  const factor = random.uniform(0, 2);
  return (ops, pixels) => {
    ops.brightness(pixels, factor);
  };
});
