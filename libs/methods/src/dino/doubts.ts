import { doubts, type Doubt, type RunFacts } from '@tessera/core';
import { temperatureDoubt } from '@tessera/losses';

interface Options {
  readonly studentTemperature: number;
  readonly teacherTemperature: number;
  readonly warmupTeacherTemperature: number;
  readonly warmupEpochs: number;
}

/** What is doubtful about DINO's loss in such a run. */
export function dinoDoubts(options: Options, { epochs }: RunFacts): readonly Doubt[] {
  const { studentTemperature, teacherTemperature, warmupTeacherTemperature, warmupEpochs } = options;
  return doubts(
    temperatureDoubt(studentTemperature),
    temperatureDoubt(teacherTemperature),
    teacherTemperature >= studentTemperature && {
      code: 'W_TEMPERATURE',
      message: `the teacher's temperature, ${String(teacherTemperature)}, is not below the student's, ${String(studentTemperature)}: the student is taught nothing sharper than it says itself; the paper has 0.04 to 0.07 and 0.1`,
    },
    warmupEpochs > epochs &&
      warmupTeacherTemperature !== teacherTemperature && {
        code: 'W_WARMUP_FILLS',
        message: `the teacher's temperature takes ${String(warmupEpochs)} epochs to ${String(teacherTemperature)}, and the run has ${String(epochs)}: it never gets there`,
      },
  );
}

/** Whether the head's last layer stands still to the end. */
export function lastLayerDoubt(
  { freezeLastLayerEpochs }: { readonly freezeLastLayerEpochs: number },
  { epochs }: RunFacts,
): Doubt | undefined {
  if (freezeLastLayerEpochs < epochs) return undefined;
  return {
    code: 'W_PROTOTYPES_FROZEN',
    message: `the last layer of the head is frozen for ${String(freezeLastLayerEpochs)} epochs, and the run has ${String(epochs)}: it never learns`,
  };
}
