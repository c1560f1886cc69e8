import { fold, type Augmenter, type PixelType, type Plan, type RgbImage, type Views } from '@tessera/core';
import { deviceHalf } from './device-half.ts';
import { openBench } from '../workbench/workbench.ts';
import { applyView, sampleView, type ViewPlan, type ViewRecipe } from './view-recipe.ts';

/** Some views drawn from one distribution. */
export interface ViewsOf {
  readonly count: number;
  readonly view: ViewRecipe;
}

/**
 * The pipeline behind every random augmenter here: independent views, each with its own stream keyed by (position in `parts`, view), so
 * that adding a view to a part changes no other. Neighbouring parts of one size come out as one group, and so pass the encoder's batch
 * norm together, however different their ops are (SimCLR's asymmetric study).
 * @param pixelType `float32`: torchvision on float tensors; `uint8`: torchvision on PIL images, bytes between all ops
 */
export function multiCrop(parts: readonly ViewsOf[], pixelType: PixelType): Augmenter {
  const groups = bySize(parts);
  const largest = Math.max(...groups.map(({ size }) => size));
  const augmenter: Augmenter = {
    views: groups.map(({ size, views }) => ({ count: views.length, size, channels: 3 })),
    pixelType,
    sample: (key, batchKey, width, height): Plan =>
      groups.map(({ views }) =>
        views.map(({ recipe, part, view }) =>
          sampleView(recipe, fold(key, part, view), fold(batchKey, part, view), width, height),
        ),
      ),
    apply(image: RgbImage, plan: Plan, out?: Views, done?: (stage: string) => void): Views {
      // `plan` is what `sample` made, perhaps after a trip through JSON.
      const plans = plan as readonly (readonly ViewPlan[])[];
      const bench = openBench(image, { type: pixelType, width: largest, height: largest });
      return groups.map(({ size, views }, group) => {
        const length = size * size * 3;
        const target = out?.[group] ?? allocate(pixelType, views.length * length);
        views.forEach(({ recipe }, index) => {
          const drawn = plans[group]?.[index];
          if (!drawn) throw new RangeError(`the plan has no view ${String(index)} in group ${String(group)}`);
          const view = bench.canvas(length);
          applyView(bench.source, drawn, recipe, view, done);
          target.set(view.pixels, index * length);
        });
        return target;
      });
    },
  };
  const recipes = groups.map(({ views }) => views.map(({ recipe }) => recipe));
  return { ...augmenter, device: deviceHalf(recipes, augmenter) };
}

interface Group {
  readonly size: number;
  readonly views: { readonly recipe: ViewRecipe; readonly part: number; readonly view: number }[];
}

function bySize(parts: readonly ViewsOf[]): readonly Group[] {
  const groups: Group[] = [];
  parts.forEach(({ count, view: recipe }, part) => {
    let group = groups.at(-1);
    if (group?.size !== recipe.size) groups.push((group = { size: recipe.size, views: [] }));
    for (let view = 0; view < count; view++) group.views.push({ recipe, part, view });
  });
  return groups;
}

/** Room for views of a pixel type. */
export function allocate(pixelType: PixelType, length: number): Uint8Array | Float32Array {
  return pixelType === 'float32' ? new Float32Array(length) : new Uint8Array(length);
}
