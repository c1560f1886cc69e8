import {
  requireNumbers,
  TesseraError,
  type Json,
  type NamedVariable,
  type Optimizer,
  type Rates,
  type State,
} from '@tessera/core';
import { clippedToNorm, restoreVariables, toFloat32, withPrecision } from '@tessera/engine';
import { tidy, type NamedTensorMap, type Tensor, type Variable } from '@tensorflow/tfjs-core';
import type { Settings } from './groups.ts';
import { Slots } from './slots.ts';

/** A variable with its gradient and slots, in one step. */
export interface Target {
  readonly parameter: NamedVariable;
  /** As the engine made it: possibly physical bf16. Native kernels take it so; formulas take {@link Target.gradient32}. */
  readonly gradient: Tensor;
  readonly gradient32: () => Tensor;
  readonly slot: (kind: string) => Variable;
  readonly settings: Settings;
}

/** An update rule; the bookkeeping around it is the same for all. */
export interface Rule {
  /** The optimizer's name, for messages. */
  readonly name: string;
  /** Kinds of slots, one tensor per variable each. */
  readonly slots: readonly string[];
  /** All variables in one call, in place. Returns false where the engine has no such kernel. */
  readonly native?: (targets: readonly Target[], learningRate: number, steps: (name: string) => number) => boolean;
  /** One variable: writes the variable and its slots. @param step updates of this variable so far, this one included */
  readonly composed: (target: Target, learningRate: number, step: number) => void;
}

const alike: Settings = { rateFactor: 1, constantRate: false, weightDecay: 0, scheduledDecay: false, adapted: true };

/**
 * Applies a rule to the variables that have a gradient. Slots and step counts are keyed by variable name; a variable absent from the
 * gradients is left alone entirely: no decay, no momentum, no step count.
 */
export class ParameterOptimizer implements Optimizer {
  readonly #rule: Rule;
  readonly #parameters: ReadonlyMap<string, NamedVariable>;
  readonly #slots: Slots;
  readonly #settings: ReadonlyMap<string, Settings>;
  readonly #steps = new Map<string, number>();

  /** @param settings of a variable, asked once; default: the step's rate, no decay */
  constructor(
    rule: Rule,
    variables: readonly NamedVariable[],
    settings: (parameter: NamedVariable) => Settings = () => alike,
  ) {
    this.#rule = rule;
    this.#settings = new Map(variables.map((parameter) => [parameter.name, settings(parameter)]));
    this.#parameters = new Map(variables.map((parameter) => [parameter.name, parameter]));
    this.#slots = new Slots(rule.slots, variables);
  }

  /**
   * @throws TesseraError `E_GRADIENT_UNKNOWN`, `E_GRADIENT_SHAPE`, `E_BASE_RATE_MISSING`, `E_OPTION_INVALID` on a rate below 0; nothing is changed
   *   then
   */
  update(grads: NamedTensorMap, now: Rates): void {
    const { learningRate, baseLearningRate = 0, weightDecay = 0 } = now;
    requireNumbers(`optimizer ${this.#rule.name}`, { learningRate, baseLearningRate, weightDecay }, { atLeast: 0 });
    const targets = Object.entries(grads).map(([name, gradient]) => this.#target(name, gradient, now.weightDecay));
    // A kernel takes one rate: variables of another rate get a call of their own.
    const byRate = new Map<number, Target[]>();
    for (const target of targets) {
      const rate = this.#rateOf(target, now);
      byRate.set(rate, [...(byRate.get(rate) ?? []), target]);
    }
    for (const { parameter } of targets) this.#steps.set(parameter.name, this.#stepsOf(parameter.name) + 1);
    withPrecision('f32', () => {
      for (const [rate, ofRate] of byRate)
        tidy(() => {
          this.#apply(ofRate.map(clipped), rate);
        });
    });
  }

  #rateOf(
    { parameter, settings: { rateFactor, constantRate } }: Target,
    { learningRate, baseLearningRate }: Rates,
  ): number {
    if (!constantRate) return learningRate * rateFactor;
    if (baseLearningRate !== undefined) return baseLearningRate * rateFactor;
    throw new TesseraError({
      code: 'E_BASE_RATE_MISSING',
      message: `optimizer ${this.#rule.name} keeps a constant rate for '${parameter.name}', but the schedule says no baseLearningRate`,
      next: 'A schedule returns it beside learningRate: the peak after scaling by batch size. Or leave `constantRate` out of the group.',
    });
  }

  #apply(targets: readonly Target[], learningRate: number): void {
    if (this.#rule.native?.(targets, learningRate, (name) => this.#stepsOf(name)) === true) return;
    for (const target of targets) {
      tidy(() => {
        this.#rule.composed(target, learningRate, this.#stepsOf(target.parameter.name));
      });
    }
  }

  state(): State {
    return { tensors: this.#slots.tensors(), json: { steps: Object.fromEntries(this.#steps) } };
  }

  /** @throws TesseraError `E_STATE_MISMATCH` */
  restore({ tensors, json }: State): void {
    const steps = stepsIn(json);
    const unknown = steps ? Object.keys(steps).find((name) => !this.#parameters.has(name)) : undefined;
    if (!steps || unknown !== undefined) {
      throw new TesseraError({
        code: 'E_STATE_MISMATCH',
        message: `the saved state does not fit the optimizer ${this.#rule.name}: ${unknown === undefined ? 'it has no step counts' : `'${unknown}' is not known`}`,
        next: 'Restore with the configuration that the state was saved with.',
      });
    }
    restoreVariables(`optimizer ${this.#rule.name}`, this.#slots.list(), tensors);
    this.#steps.clear();
    for (const [name, count] of Object.entries(steps)) this.#steps.set(name, count);
  }

  dispose(): void {
    this.#slots.dispose();
  }

  #stepsOf(name: string): number {
    return this.#steps.get(name) ?? 0;
  }

  #target(name: string, gradient: Tensor, weightDecay: number | undefined): Target {
    const parameter = this.#parameters.get(name);
    if (!parameter) {
      throw new TesseraError({
        code: 'E_GRADIENT_UNKNOWN',
        kind: 'failure',
        message: `optimizer ${this.#rule.name} got a gradient for '${name}', which is not among its ${this.#parameters.size} variables`,
        next: "Pass gradients by the names that the method's variables() gave when the optimizer was built.",
      });
    }
    if (String(gradient.shape) !== String(parameter.variable.shape)) {
      throw new TesseraError({
        code: 'E_GRADIENT_SHAPE',
        kind: 'failure',
        message: `the gradient of '${name}' has shape [${gradient.shape.join(', ')}], expected [${parameter.variable.shape.join(', ')}]`,
        next: 'Check the custom gradient that made it.',
      });
    }
    const settings = this.#settings.get(name);
    if (!settings) throw new Error(`no settings for ${name}`); // made with the parameters
    const slot = (kind: string): Variable => this.#slots.get(kind, name);
    const scheduled = settings.scheduledDecay && weightDecay !== undefined ? { ...settings, weightDecay } : settings;
    return { parameter, gradient, gradient32: () => toFloat32(gradient), slot, settings: scheduled };
  }
}

/** The gradient shortened to the group's largest norm, where it has one. */
function clipped(target: Target): Target {
  const { clipNorm } = target.settings;
  if (clipNorm === undefined) return target;
  const gradient = clippedToNorm(target.gradient32(), clipNorm);
  return { ...target, gradient, gradient32: () => gradient };
}

function stepsIn(json: Json): Record<string, number> | undefined {
  const steps: unknown = typeof json === 'object' && json !== null ? Reflect.get(json, 'steps') : undefined;
  if (typeof steps !== 'object' || steps === null) return undefined;
  return Object.values(steps).every(Number.isInteger) ? (steps as Record<string, number>) : undefined;
}
