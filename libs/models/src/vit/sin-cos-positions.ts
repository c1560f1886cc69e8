/**
 * Fixed positions of a grid of patches, as facebookresearch/mae has them (`get_2d_sincos_pos_embed`): the first half of the
 * width tells the column, the second the row, each by D / 4 sines and as many cosines of the place times 10000^(-4 i / D).
 * @param width D, a multiple of 4
 * @returns [rows * columns, D], row-major
 */
export function sinCosPositions(rows: number, columns: number, width: number): Float32Array {
  const quarter = width / 4;
  const positions = new Float32Array(rows * columns * width);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const start = (row * columns + column) * width;
      [column, row].forEach((place, half) => {
        for (let i = 0; i < quarter; i++) {
          const angle = place * 10_000 ** (-i / quarter);
          positions[start + 2 * half * quarter + i] = Math.sin(angle);
          positions[start + (2 * half + 1) * quarter + i] = Math.cos(angle);
        }
      });
    }
  }
  return positions;
}
