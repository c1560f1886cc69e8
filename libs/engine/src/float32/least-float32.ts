/** The least float32: in place of what does not count, it is below every number and its exponential, less any other, is 0. */
export const LEAST_FLOAT32 = -3.4028234663852886e38;
