/** PIL's gray value (mode `L`): ITU-R 601 in 16-bit fixed point, rounded. */
export function lumaByte(red: number, green: number, blue: number): number {
  return (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16;
}
