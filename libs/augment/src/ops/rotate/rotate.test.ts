import { likeTensorFlow } from '../../testdata/like-tensorflow.ts';
import { oracleImage } from '../../testdata/like-torchvision.ts';
import { rotateQuarters } from './floats.ts';

const square = oracleImage.slice(0, 10).map((row) => row.slice(0, 10));
likeTensorFlow(
  'rotateQuarters',
  (pixels, [quarters = NaN]) => {
    rotateQuarters(pixels, 10, quarters);
  },
  {
    image: square,
  },
);
