/** Something about a recipe that whoever runs it should know: a warning event of a run, a line of `tessera check`. */
export interface Notice {
  /** Stable: `W_OPTIONS_DROPPED`. */
  readonly code: string;
  readonly message: string;
}
