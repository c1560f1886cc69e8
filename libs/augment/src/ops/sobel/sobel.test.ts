import { likeTensorFlow } from '../../testdata/like-tensorflow.ts';
import { sobel } from './floats.ts';

likeTensorFlow('sobel', (pixels, _values, width) => {
  sobel(pixels, width);
});
