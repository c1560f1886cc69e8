/** What several methods' CIFAR-10 settings share: SimCLR's, appendix B.9 (https://arxiv.org/abs/2002.05709). */

/** ResNet-18 with the small-image stem. */
export const cifarEncoder = {
  kind: 'encoder',
  default: { name: 'resnet', options: { depth: 18, stem: 'cifar' } },
} as const;

/** Two views of 32 pixels: crops from a fifth of the image on, colour strength 0.5, no blur. */
export const cifarViews = {
  name: 'simclr',
  options: { size: 32, cropScale: [0.2, 1], interpolation: 'bilinear', strength: 0.5, blur: 'none' },
};
