/** A number for people: three significant digits and no trailing zeros: `0.283`, `0.06`, `1e-7`, `0`. */
export function significant(value: number, digits = 3): string {
  return String(Number(value.toPrecision(digits)));
}

/** A number for people to compare line by line: four decimals, and three significant digits where these would be zeros. */
export function decimals(value: number): string {
  return value !== 0 && Math.abs(value) < 1e-3 ? significant(value) : value.toFixed(4);
}
