/** Waits for something, and says so where it takes long; does not keep the process alive. */
export async function warnIfSlow<T>(work: Promise<T>, seconds: number, warn: () => void): Promise<T> {
  const timer = setTimeout(warn, seconds * 1000).unref();
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
