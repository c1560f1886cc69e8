/** What parts may know of the training images. */
export interface DataFacts {
  /** Training images; sample ids are 0 to size - 1. */
  readonly size: number;
  /** Classes, where the images have labels. */
  readonly classes?: number;
}
