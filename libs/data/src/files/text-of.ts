const utf8 = new TextDecoder();

/** The text of a small file: UTF-8, or UTF-16 where a byte order mark says so (what Windows' shell writes); the mark is no part of it. */
export function textOf(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  return utf8.decode(bytes);
}
