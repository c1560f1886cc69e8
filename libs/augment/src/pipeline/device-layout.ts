import type { DeviceForm } from './device-form.ts';

/** One op of a recipe, and where its numbers stand in a view's row: a flag that tells whether it is applied, then its own. */
export interface PlacedOp {
  readonly at: number;
  readonly form: DeviceForm;
}

/** Neighbouring views of a group that have the same ops. */
export interface DeviceSection {
  readonly views: number;
  readonly ops: readonly PlacedOp[];
}

/** A view group: its rows are as wide as its longest section needs. */
export interface DeviceGroup {
  readonly width: number;
  readonly sections: readonly DeviceSection[];
}
