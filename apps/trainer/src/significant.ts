/** A number for people: three significant digits and no trailing zeros: `0.283`, `0.06`, `1e-7`, `0`. */
export function significant(value: number, digits = 3): string {
  return String(Number(value.toPrecision(digits)));
}
