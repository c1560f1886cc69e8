import type { CollapseSigns, Watched } from '@tessera/losses';

/** Codes whose largest entry is on average this near to 1 / K, relatively, are uniform but for rounding. */
const UNIFORM = 1e-3;
/** Codes with less than that tell next to nothing. */
const FLAT = 0.2;
/** Most steps of a window. */
const MOST = 0.75;
/** Embeddings that are one vector but for rounding. */
const ALIKE = 1e-9;

/**
 * Signs of collapse of SwAV: codes that say the same of every image, which is uniform ones, whatever made them so. Predicting them, the
 * loss goes to ln K.
 * @param prototypes K of every head
 */
export function swavCollapse(prototypes: readonly number[], epsilon: number): CollapseSigns {
  /** How far above uniform a head's codes are: 0 to K - 1. */
  const excess = (values: Watched, head: number): number =>
    (values[`sharpness.${head}`] ?? NaN) * (prototypes[head] ?? NaN) - 1;
  const told = (values: Watched, head: number): string => {
    const count = prototypes[head] ?? NaN;
    return (
      `the codes of ${count} prototypes are uniform (their largest entry is ${(excess(values, head) + 1).toPrecision(3)} / ${count}), and the loss ` +
      `${(values[`loss.${head}`] ?? NaN).toFixed(4)} goes to the collapse value ln ${count} = ${Math.log(count).toFixed(4)}: there is nothing to predict. `
    );
  };
  const remedy =
    epsilon > 0.1
      ? `The likely cause is epsilon, ${epsilon}: lower objective.options.epsilon (0.05 in the paper).`
      : 'Try a smaller epsilon (0.03), prototypes frozen for longer, a lower learning rate, or softer augmentation; fewer prototypes than batch and queue have images; a queue that is shorter or starts later; and look at the images (tessera preview).';
  const heads = prototypes.map((_, head) => head);
  return {
    names: ['spread', ...heads.flatMap((head) => [`loss.${head}`, `sharpness.${head}`])],
    dead: (step, first) => {
      const { spread = NaN } = step;
      if (spread <= ALIKE)
        return (first['spread'] ?? 0) <= ALIKE
          ? 'all embeddings are alike, and have been since the first step: look at the images and views (tessera preview): constant images, copies of one image, a data.normalize that flattens them.'
          : `all embeddings are alike, which they were not in the first step. ${remedy}`;
      const head = heads.find((each) => excess(step, each) <= UNIFORM);
      return head === undefined ? undefined : told(step, head) + remedy;
    },
    observe: (step) => ({
      ...step,
      ...Object.fromEntries(heads.map((head) => [`flat.${head}`, excess(step, head) <= FLAT ? 1 : 0])),
    }),
    judge: (mean) => {
      const head = heads.find((each) => (mean[`flat.${each}`] ?? 0) >= MOST);
      return head === undefined ? undefined : told(mean, head) + remedy;
    },
  };
}
