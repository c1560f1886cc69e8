/** What the benchmarks' command lines have in common. */
import { parseOptions, TesseraError } from '@tessera/core';
import { z } from 'zod';

/** Flags that have a value, by their name. */
export type FlagValues = Readonly<Partial<Record<string, string>>>;

/** A program to alternate with. */
export interface Peer {
  readonly command: string;
  /** Alternating runs of each. */
  readonly pairs: number;
}

/** The median's interval of nine pairs covers 96 %. */
const DEFAULT_PAIRS = 9;

export const count = z.coerce.number().int().min(1);

/** Flags of {@link peerOf}. */
export const peerFlags = { '--peer': z.string().trim().min(1).optional(), '--pairs': count.optional() };

/** Parses flags by a schema whose keys are as they are typed, so that errors name them. @throws TesseraError `E_OPTION_INVALID` */
export function parseFlags<S extends z.ZodType>(schema: S, values: FlagValues): z.output<S> {
  const typed = Object.fromEntries(Object.entries(values).map(([name, value]) => [`--${name}`, value]));
  return parseOptions(schema, typed, '');
}

/** @throws TesseraError `E_USAGE` where pairs are counted of no peer */
export function peerOf({
  '--peer': command,
  '--pairs': pairs,
}: {
  readonly '--peer'?: string | undefined;
  readonly '--pairs'?: number | undefined;
}): Peer | undefined {
  if (command !== undefined) return { command, pairs: pairs ?? DEFAULT_PAIRS };
  if (pairs === undefined) return undefined;
  throw usage('--pairs counts runs against a peer, but there is no --peer', 'Add --peer "COMMAND", or leave it out.');
}

/** The flags again, without those of the peer: what a run of our own in a comparison is started with. */
export function withoutPeer(values: FlagValues): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) =>
    name === 'peer' || name === 'pairs' ? [] : [`--${name}=${value ?? ''}`],
  );
}

export function usage(message: string, next: string): TesseraError {
  return new TesseraError({ code: 'E_USAGE', message, next });
}
