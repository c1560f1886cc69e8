import * as tf from '@tensorflow/tfjs-core';
import { describeEngines } from '@tessera/testing';
import { expect, it } from 'vitest';
import { compareNorms, compareRun, compareValues, worst } from './compared.ts';

const difference = (a: number, b: number): number => Math.abs(a - b);

await describeEngines(['cpu'], () => {
  it('takes a number that is none, one that is missing and one too many for an error', () => {
    expect(worst([1, 2], [1, 2.5], difference)).toBe(0.5);
    expect(worst([NaN, 2], [1, 2], difference)).toBeNaN();
    for (const got of [[1], [1, 2, 3], []]) expect(worst(got, [1, 2])).toBe(Infinity);
    expect(worst([], [])).toBe(Infinity);
    const [loss] = compareRun({ losses: [], globalGradNorms: [] }, { losses: [1], globalGradNorms: [1] });
    expect(loss?.error).toBeNaN();
  });

  it('compares by the names of the reference, and throws where one is missing', () => {
    const variable = tf.variable(tf.tensor1d([3, 4]));
    const all = [{ name: 'encoder/w', variable }];
    const nameOf = (ours: string) => ours.replace('encoder/', 'net.');
    expect(compareNorms('norms', all, { 'net.w': [5, 10] }, 1, nameOf).error).toBe(0.5);
    expect(compareValues('values', all, { 'net.w': [3, 5] }, nameOf).error).toBeCloseTo(0.2, 6);
    expect(compareValues('values', all, { 'net.w': [3, 5] }, nameOf, () => true).error).toBe(1);
    expect(() => compareValues('values', all, { 'net.v': [1] }, nameOf)).toThrow('nothing of ours is net.v');
    variable.dispose();
  });
});
