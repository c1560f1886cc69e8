import type { OutlineName } from './outlines.ts';
import type { TextureName } from './textures.ts';

/** A class of the `shapes` data set. */
export interface ShapeClass {
  readonly outline: OutlineName;
  readonly texture: TextureName;
}

/** Every outline comes with two textures and every texture on two outlines: neither alone tells the class. */
export const SHAPE_CLASSES: readonly ShapeClass[] = [
  { outline: 'disc', texture: 'solid' },
  { outline: 'disc', texture: 'stripes' },
  { outline: 'square', texture: 'stripes' },
  { outline: 'square', texture: 'dots' },
  { outline: 'triangle', texture: 'dots' },
  { outline: 'triangle', texture: 'checker' },
  { outline: 'star', texture: 'checker' },
  { outline: 'star', texture: 'rings' },
  { outline: 'cross', texture: 'rings' },
  { outline: 'cross', texture: 'solid' },
];

export const SHAPE_CLASS_NAMES: readonly string[] = SHAPE_CLASSES.map(
  ({ outline, texture }) => `${outline}-${texture}`,
);
