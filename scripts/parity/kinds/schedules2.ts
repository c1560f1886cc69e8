/** schedules2.json: other methods' learning rates, weight decays, momenta and temperatures, said with ours. */
import { methodValues } from '../../../libs/methods/src/testdata/schedules2.ts';
import { scheduleValues, type ScheduleRow } from '../../../libs/optim/src/testdata/schedules2.ts';
import { attempt, ofTheLargest, type Measurement } from '../measurement.ts';

export function* schedules2(file: unknown): Iterable<Measurement> {
  for (const row of (file as { cases: readonly ScheduleRow[] }).cases) {
    const name = `${row.name} of ${row.reference}, ${row.values.length} values`;
    yield* attempt(name, function* () {
      const got = scheduleValues(row) ?? methodValues(row);
      if (got === undefined) throw new Error(`nothing of ours is said to be ${row.name} of ${row.reference}`);
      yield { case: name, quantity: row.name, error: ofTheLargest(got, row.values), tolerance: 1e-6 };
    });
  }
}
