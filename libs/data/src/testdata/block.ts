/** Blocks this thread until something has happened, or so much time has passed that it never will. */
export function blockUntil(happened: () => boolean): void {
  const word = new Int32Array(new SharedArrayBuffer(4));
  for (let i = 0; i < 24_000 && !happened(); i++) Atomics.wait(word, 0, 0, 10);
}
