/** A libtorch that the addon can be built against. */
export interface Libtorch {
  /** Holds include/ and lib/. */
  readonly dir: string;
  /** As it names itself, for example `2.13.0+cpu`. */
  readonly version: string;
  /** `LIBTORCH`, `cache` (the shared CPU wheel) or the python command that has it. */
  readonly origin: string;
}

/** What a python said about itself. */
export interface Python {
  readonly command: string;
  readonly executable: string;
  readonly version: readonly [major: number, minor: number];
  /** `platform.machine()`. */
  readonly machine: string;
  readonly packages: Readonly<Record<string, { readonly file: string; readonly version: string | null } | null>>;
}

export declare const wheelVersion: string;

/** Tessera's folder in the user's cache: $XDG_CACHE_HOME/tessera or ~/.cache/tessera. */
export declare function cacheFolder(env?: NodeJS.ProcessEnv): string;
/** Where the CPU wheel is kept, for all clones of this user. */
export declare function wheelFolder(env?: NodeJS.ProcessEnv): string;
/** Looks at a folder with include/ and lib/, or one that holds such a folder as torch/ or libtorch/. */
export declare function inspectTorch(
  folder: string,
): { readonly dir: string; readonly version: string } | { readonly problem: string };
/** The cached wheel, or undefined when it is missing or incomplete. */
export declare function inspectWheelFolder(
  folder: string,
): { readonly dir: string; readonly version: string } | undefined;
/** The pythons to ask, best first: the active virtual environment's, python3, python. */
export declare function pythonCommands(env?: NodeJS.ProcessEnv): readonly string[];
/** Asks a python where `packages` are, without importing them; undefined when the command does not answer. */
export declare function askPython(
  command: string,
  packages: readonly string[],
  env?: NodeJS.ProcessEnv,
): Python | undefined;
/** The pythons that answer, each once. */
export declare function findPythons(packages: readonly string[], env?: NodeJS.ProcessEnv): readonly Python[];
/**
 * What is there already, best first: LIBTORCH (then nothing else), a python's torch, the cached wheel.
 * `passed` has one clause for each that was looked at and cannot be used.
 */
export declare function findLibtorch(options?: {
  readonly env?: NodeJS.ProcessEnv;
  readonly pythons?: readonly Python[];
}): { readonly found: readonly Libtorch[]; readonly passed: readonly string[] };
/** Whether a command can be found. */
export declare function onPath(command: string, env?: NodeJS.ProcessEnv): boolean;
