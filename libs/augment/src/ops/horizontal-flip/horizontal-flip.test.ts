import { likePil } from '../../testdata/like-pil.ts';
import { likeTorchvision } from '../../testdata/like-torchvision.ts';
import { likeTypeScript } from '../../testdata/like-typescript.ts';
import { horizontalFlip } from './flip.ts';

likeTorchvision('horizontalFlip', (pixels, _number, { width }) => {
  horizontalFlip(pixels, width);
});
likePil('horizontalFlip', ({ ops, pixels, width }) => {
  ops.horizontalFlip(pixels, width);
});
likeTypeScript('horizontalFlip', () => (ops, pixels, width) => {
  ops.horizontalFlip(pixels, width);
});
