import type { Augmenter, DeviceHalf, HostOnly } from '@tessera/core';
import type { DeviceGroup, DeviceSection, PlacedOp } from './device-layout.ts';
import type { ViewPlan, ViewRecipe } from './view-recipe.ts';

/**
 * Splits a multi-crop augmenter at the crop: the host cuts with the augmenter's own `apply` and no ops, and writes what was drawn for each op as numbers.
 * @param groups the recipes of the views of each group
 */
export function deviceHalf(
  groups: readonly (readonly ViewRecipe[])[],
  augmenter: Pick<Augmenter, 'apply'>,
): DeviceHalf | HostOnly {
  const without = groups.flat().flatMap(({ ops }) => ops.filter(({ device }) => !device))[0];
  if (without) return { hostOnly: `the op '${without.name ?? 'without a name'}' has no device form` };
  const placed = groups.map((recipes) => recipes.map(place));
  const layout = groups.map((recipes, group): DeviceGroup => {
    const ops = placed[group] ?? [];
    return { width: Math.max(0, ...ops.map(end)), sections: sectionsOf(recipes, ops) };
  });
  return {
    parameters: layout.map(({ width }) => width),
    cut(image, plan, crops, parameters) {
      const plans = plan as readonly (readonly ViewPlan[])[];
      augmenter.apply(
        image,
        plans.map((views) => views.map(({ crop }) => ({ crop, ops: [] }))),
        crops,
      );
      groups.forEach((recipes, group) => {
        const width = layout[group]?.width ?? 0;
        const rows = parameters[group] ?? new Float32Array(0);
        rows.fill(0);
        recipes.forEach(({ size }, view) => {
          placed[group]?.[view]?.forEach(({ at, form }, op) => {
            const drawn = plans[group]?.[view]?.ops[op] ?? null;
            if (drawn === null) return;
            const from = view * width + at;
            rows[from] = 1;
            form.write(drawn, size, rows.subarray(from + 1, from + 1 + form.width));
          });
        });
      });
    },
    load: async () => (await import('../device/augment-on-device.ts')).loadGroups(layout),
  };
}

function place({ ops }: ViewRecipe): readonly PlacedOp[] {
  let at = 0;
  return ops.flatMap(({ device: form }) => {
    if (!form) return [];
    const here = { at, form };
    at += 1 + form.width;
    return [here];
  });
}

function end(ops: readonly PlacedOp[]): number {
  const last = ops.at(-1);
  return last ? last.at + 1 + last.form.width : 0;
}

function sectionsOf(recipes: readonly ViewRecipe[], placed: readonly (readonly PlacedOp[])[]): DeviceSection[] {
  const sections: DeviceSection[] = [];
  let before: ViewRecipe | undefined;
  recipes.forEach((recipe, view) => {
    const last = sections.at(-1);
    if (last && recipe === before) sections[sections.length - 1] = { ...last, views: last.views + 1 };
    else sections.push({ views: 1, ops: placed[view] ?? [] });
    before = recipe;
  });
  return sections;
}
