/// <reference types="node" />
/**
 * What each op of a view costs, in WebAssembly and in TypeScript, on bytes and on floats: milliseconds of processor time, medians.
 *
 *   npx tsx --tsconfig tsconfig.base.json --conditions=@tessera/source libs/augment/bench/ops.ts [size] [rounds]
 *
 * The image is 500 x 375; the box has the mean area of RandomResizedCrop's, 54 %.
 */
import { openBench, referenceBench, type Bench, type BenchNeeds, type PixelOps, type Pixels } from '@tessera/augment';
import type { RgbImage } from '@tessera/core';

const [size = 224, rounds = 15] = process.argv.slice(2).map(Number);
const image: RgbImage = { width: 500, height: 375, data: new Uint8Array(500 * 375 * 3) };
for (let i = 0; i < image.data.length; i++)
  image.data[i] = 128 + 100 * Math.sin(i / 700) + 27 * Math.sin((i * (i % 7)) / 31);
const box = { top: 40, left: 50, width: 368, height: 276 };

type Run = <P extends Pixels>(ops: PixelOps<P>, pixels: P, source: Bench['source']) => void;
const OPS: Readonly<Record<string, Run>> = {
  'resize bicubic': (ops, pixels, source) => {
    ops.resizedCrop(source, box, size, size, 'bicubic', pixels);
  },
  'resize bilinear': (ops, pixels, source) => {
    ops.resizedCrop(source, box, size, size, 'bilinear', pixels);
  },
  flip: (ops, pixels) => {
    ops.horizontalFlip(pixels, size);
  },
  brightness: (ops, pixels) => {
    ops.brightness(pixels, 1.01);
  },
  contrast: (ops, pixels) => {
    ops.contrast(pixels, 0.99);
  },
  saturation: (ops, pixels) => {
    ops.saturation(pixels, 0.99);
  },
  hue: (ops, pixels) => {
    ops.hue(pixels, 0.03);
  },
  grayscale: (ops, pixels) => {
    ops.grayscale(pixels);
  },
  'blur pil 0.5': (ops, pixels) => {
    ops.pilBlur(pixels, size, 0.5);
  },
  'blur pil 1.5': (ops, pixels) => {
    ops.pilBlur(pixels, size, 1.5);
  },
  'blur gaussian 0.5': (ops, pixels) => {
    ops.gaussianBlur(pixels, size, 23, 0.5, 'reflect');
  },
  'blur gaussian 1.5': (ops, pixels) => {
    ops.gaussianBlur(pixels, size, 23, 1.5, 'reflect');
  },
};

/** Processor time of one call, milliseconds: median over rounds of at least 5 ms each. */
function cost(call: () => void): number {
  call();
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const from = process.cpuUsage();
    const started = performance.now();
    let calls = 0;
    while (calls < 3 || performance.now() - started < 5) {
      call();
      calls++;
    }
    const { user, system } = process.cpuUsage(from);
    times.push((user + system) / 1000 / calls);
  }
  return times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? NaN;
}

function column(open: (image: RgbImage, needs: BenchNeeds) => Bench, type: BenchNeeds['type']): Record<string, number> {
  const needs = { type, width: size, height: size };
  const costs: Record<string, number> = { 'image in': cost(() => open(image, needs)) };
  const bench = open(image, needs);
  const canvas = bench.canvas(size * size * 3);
  for (const [name, run] of Object.entries(OPS)) {
    // Every op starts from a resized photograph, not from what the op before left.
    if (canvas.type === 'uint8') {
      canvas.ops.resizedCrop(bench.source, box, size, size, 'bicubic', canvas.pixels);
      costs[name] = cost(() => {
        run(canvas.ops, canvas.pixels, bench.source);
      });
    } else {
      canvas.ops.resizedCrop(bench.source, box, size, size, 'bicubic', canvas.pixels);
      costs[name] = cost(() => {
        run(canvas.ops, canvas.pixels, bench.source);
      });
    }
  }
  const out = canvas.pixels.slice();
  costs['view out'] = cost(() => {
    out.set(canvas.pixels);
  });
  return costs;
}

const columns = {
  'wasm uint8': column(openBench, 'uint8'),
  'wasm float32': column(openBench, 'float32'),
  'ts uint8': column(referenceBench, 'uint8'),
  'ts float32': column(referenceBench, 'float32'),
};
const names = Object.keys(columns['wasm uint8']);
console.log(['op', ...Object.keys(columns)].join('\t'));
for (const name of names)
  console.log([name.padEnd(18), ...Object.values(columns).map((costs) => (costs[name] ?? NaN).toFixed(3))].join('\t'));
