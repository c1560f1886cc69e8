/** schedules2.json: momenta and teacher temperatures of the references; `source` in the file says where they are from. */
import { z } from 'zod';
import { dinoOptions, teacherTemperature } from '../dino/dino-objective.ts';
import { momentumAt, momentumOptions } from '../momentum.ts';

/** A value at every step or, of temperatures, epoch. */
export interface MethodRow {
  readonly name: string;
  readonly reference: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly values: readonly unknown[];
}

const momentum = z.strictObject(momentumOptions(0.99, 'constant'));

function momenta({ reference, params, values }: MethodRow): readonly number[] {
  const momentumSchedule = reference === 'lightly' ? 'cosine-lightly' : 'cosine';
  const options = momentum.parse({ momentum: params['start'], momentumSchedule });
  const totalSteps = Number(params['totalSteps']);
  return values.map((_, step) => momentumAt(options, { step, epoch: 0, stepsPerEpoch: totalSteps, totalSteps }));
}

/** @param warmupEpochs as `teacherTemperature` counts them: the last has the final temperature */
function temperatures(values: readonly unknown[], start: unknown, final: unknown, warmupEpochs: number) {
  const options = dinoOptions.parse({ teacherTemperature: final, warmupTeacherTemperature: start, warmupEpochs });
  return values.map((_, epoch) => teacherTemperature(options, epoch));
}

/** Our values of a row; nothing where it is no momentum or temperature. */
export function methodValues(row: MethodRow): readonly number[] | undefined {
  const { name, params, values } = row;
  if (name === 'target-momentum') return momenta(row);
  if (name === 'teacher-temperature')
    return temperatures(values, params['start'], params['final'], Number(params['warmupEpochs']));
  // start + step / warmupSteps (end - start): one step more until the end than the temperature's.
  if (name === 'linear-warmup')
    return temperatures(values, params['start'], params['end'], Number(params['warmupSteps']) + 1);
  return undefined;
}
