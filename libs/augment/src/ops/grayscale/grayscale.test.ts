import { likePil } from '../../testdata/like-pil.ts';
import { likeTorchvision } from '../../testdata/like-torchvision.ts';
import { likeTypeScript } from '../../testdata/like-typescript.ts';
import { grayscale } from './floats.ts';

likeTorchvision('grayscale', (pixels) => {
  grayscale(pixels);
});
likePil('grayscale', ({ ops, pixels }) => {
  ops.grayscale(pixels);
});
likeTypeScript('grayscale', () => (ops, pixels) => {
  ops.grayscale(pixels);
});
