/** What several kinds of extension must hold to. */
import { isTesseraError, type AnyExtension, type Json, type State } from '@tessera/core';
import { holdConstants } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { normal, numberOf, valuesOf } from './fixtures.ts';

/** Options that must be refused, one at a time and beside the good ones, each with an error that names it: `{ temperature: -1 }`. */
export type BadOptions = Readonly<Record<string, Json>>;

/**
 * Registers the tests of what an extension says of itself and of its schema.
 * @param options good ones, with which it can be built
 */
export function testOptions(extension: AnyExtension, options: Json | undefined, bad: BadOptions = {}): void {
  const given = { ...(options as object | undefined) };
  const refusal = (changed: object): unknown => {
    try {
      extension.parse(changed);
      return undefined;
    } catch (error) {
      return error;
    }
  };
  const expectRefusal = (changed: object, option: string, hint: string): void => {
    const error = refusal(changed);
    expect(error, `the schema accepted ${JSON.stringify(changed)}; ${hint}`).toBeDefined();
    expect(isTesseraError(error), `expected a TesseraError that names '${option}', got: ${String(error)}`).toBe(true);
    expect(String(error), 'the error must name the option').toContain(option);
  };
  test('says what it is, and takes the options of its tests', () => {
    expect(extension.name, 'the name of an extension is kebab-case: small letters, digits, hyphens').toMatch(
      /^[a-z][a-z0-9-]*$/,
    );
    expect(extension.summary.length, '`summary` is a sentence').toBeGreaterThan(10);
    const error = refusal(given);
    expect(
      error,
      `the schema refused the test's \`options\` ${JSON.stringify(given)}: ${String(error)}`,
    ).toBeUndefined();
  });
  test('an unknown option is an error that names it', () => {
    expectRefusal({ ...given, surelyUnknownOption: 1 }, 'surelyUnknownOption', 'use z.strictObject for `options`');
  });
  test.each(Object.entries(bad))('the bad option %s: %j is an error that names it', (name, value) => {
    expectRefusal({ ...given, [name]: value }, name, `give \`${name}\` a range, such as z.number().positive()`);
  });
}

/** Runs something and expects as many tensors after as before. */
export function expectNoLeak(run: () => void): void {
  const before = tf.memory().numTensors;
  run();
  expectTensors(before);
}

/** As many tensors as there were. */
export function expectTensors(before: number): void {
  const left = tf.memory().numTensors - before;
  expect(
    left,
    left > 0
      ? `${String(left)} tensors are left over: work inside tf.tidy, and free in dispose() what was kept`
      : `${String(-left)} tensors too many were disposed: what is handed in belongs to the caller`,
  ).toBe(0);
}

/** Every gradient is there, finite, and not zero all over. */
export function expectGradients(names: readonly string[], gradients: readonly (tf.Tensor | null | undefined)[]): void {
  names.forEach((name, i) => {
    const gradient = gradients[i];
    const values = gradient ? valuesOf(gradient) : [];
    expect(
      values.every(Number.isFinite),
      `the gradient of ${name} has NaN or infinite entries: look for a root, a logarithm or a division at 0`,
    ).toBe(true);
    expect(
      values.some((value) => value !== 0),
      `no gradient reaches ${name}: it is not used, or dataSync, a comparison or a constant cuts the way; where that is meant, name it in frozen()`,
    ).toBe(true);
  });
}

const DIRECTIONS = 7;
/** float32 keeps some seven digits of a loss; smaller steps drown in that, larger ones meet kinks. */
const STEP = 3e-4;

/**
 * Compares the gradient along random directions with central differences. The median of seven directions counts, so that one kink of a ReLU
 * does not. What `withoutGradient` returns is a constant of both: codes, or the targets of a momentum encoder.
 * @param tolerance relative; networks with many ReLUs meet some kinks at every step, and need more
 * @param loss evaluated with throw-away state, at any values of the variables
 */
export function expectFiniteDifferences(
  variables: readonly tf.Variable[],
  loss: () => tf.Scalar,
  tolerance = 0.02,
): void {
  const constants = holdConstants();
  const held = (): tf.Scalar => constants.run(loss);
  const { grads } = tf.tidy(() => tf.variableGrads(held, [...variables]));
  const pairs = Array.from({ length: DIRECTIONS }, (_, i) => {
    // In proportion to each variable's own values.
    const directions = variables.map((variable, j) =>
      tf.tidy(() =>
        tf.mul(normal(`direction ${String(i)} ${String(j)}`, variable.shape), Math.max(1e-2, rootMeanSquare(variable))),
      ),
    );
    const slope = tf.tidy(() =>
      variables.reduce(
        (sum, variable, j) => sum + numberOf(tf.sum<tf.Scalar>(tf.mul(grads[variable.name] ?? 0, directions[j] ?? 0))),
        0,
      ),
    );
    const difference = (at(variables, directions, STEP, held) - at(variables, directions, -STEP, held)) / (2 * STEP);
    tf.dispose(directions);
    return { slope, difference };
  });
  tf.dispose(grads);
  constants.dispose();
  // Against the usual slope: along a direction across the gradient there is next to none to compare with.
  const usual = Math.max(1e-3, Math.sqrt(pairs.reduce((sum, { slope }) => sum + slope * slope, 0) / DIRECTIONS));
  const errors = pairs.map(({ slope, difference }) => Math.abs(slope - difference) / usual);
  const median = errors.toSorted((a, b) => a - b)[Math.floor(DIRECTIONS / 2)];
  expect(
    median,
    `the gradient differs from finite differences by ${errors.map((error) => error.toPrecision(2)).join(', ')} (relative, seven directions; the median counts). ` +
      'A gradient written by hand is wrong, the loss draws at random, or it holds something constant that depends on its inputs: compute that in withoutGradient of @tessera/engine',
  ).toBeLessThan(tolerance);
}

function rootMeanSquare(variable: tf.Variable): number {
  const values = valuesOf(variable);
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

function at(
  variables: readonly tf.Variable[],
  directions: readonly tf.Tensor[],
  step: number,
  loss: () => tf.Scalar,
): number {
  const kept = variables.map((variable) => tf.clone(variable as tf.Tensor));
  try {
    tf.tidy(() => {
      variables.forEach((variable, i) => {
        variable.assign(tf.add(variable, tf.mul(directions[i] ?? 0, step)));
      });
    });
    return tf.tidy(() => numberOf(loss()));
  } finally {
    variables.forEach((variable, i) => {
      const before = kept[i];
      if (before) variable.assign(before);
    });
    tf.dispose(kept);
  }
}

/** A state's own copy, as a checkpoint holds it. */
export function copyOf({ tensors, json }: State): State {
  return {
    tensors: Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, tf.clone(tensor)])),
    json: JSON.parse(JSON.stringify(json)) as Json,
  };
}

/** The same state as plain values, to compare. */
export function plain({ tensors, json }: State): unknown {
  return { tensors: Object.fromEntries(Object.entries(tensors).map(([name, x]) => [name, valuesOf(x)])), json };
}
