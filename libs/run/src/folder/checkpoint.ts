import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TesseraError, type Json, type Method, type Optimizer, type State } from '@tessera/core';
import { restoreVariables } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { decodeSafetensors, encodeSafetensors, type HostTensor, type SafetensorsFile } from '../safetensors/format.ts';
import { toHost, toTensor } from '../safetensors/tensors.ts';
import { writeAtomically } from './files.ts';

/** Where a run stands, beside its tensors. Loader and random keys need no more: both are functions of (seed, epoch, batch). */
export interface Position {
  /** Steps done. */
  readonly step: number;
  /** Epoch of the next step. */
  readonly epoch: number;
  /** Batches of that epoch already used. */
  readonly batch: number;
  /** Sums over those batches, for the epoch's means. */
  readonly totals: EpochTotals;
}

/** What an epoch has added up so far. */
export interface EpochTotals {
  readonly loss: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly images: number;
  readonly seconds: number;
  /** Absent in checkpoints of older versions. */
  readonly dataSeconds?: number;
}

/** All that steps change. */
export interface Trainable {
  readonly method: Method;
  readonly optimizer: Optimizer;
}

interface CheckpointJson {
  readonly version: 1;
  readonly position: Position;
  readonly method: Json;
  readonly optimizer: Json;
}

const PATTERN = /^step-(\d+)\.safetensors$/;

/** Writes `step-<steps done>.safetensors` and deletes all but the newest `keep`. @returns its path */
export function saveCheckpoint(
  folder: string,
  { method, optimizer }: Trainable,
  position: Position,
  keep: number,
): string {
  const tensors: Record<string, HostTensor> = {};
  const add = (prefix: string, named: Readonly<Record<string, Tensor>>): void => {
    for (const [name, tensor] of Object.entries(named)) tensors[`${prefix}:${name}`] = toHost(tensor);
  };
  const [methodState, optimizerState] = [method.state(), optimizer.state()];
  add('variable', variablesOf(method));
  add('method', methodState.tensors);
  add('optimizer', optimizerState.tensors);
  const json: CheckpointJson = { version: 1, position, method: methodState.json, optimizer: optimizerState.json };
  const path = join(folder, `step-${String(position.step).padStart(8, '0')}.safetensors`);
  writeAtomically(
    path,
    encodeSafetensors({ tensors, metadata: { format: 'tessera-checkpoint', tessera: JSON.stringify(json) } }),
  );
  for (const old of listCheckpoints(folder).slice(0, -keep)) rmSync(old, { force: true });
  return path;
}

/** Paths, oldest first. */
export function listCheckpoints(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => PATTERN.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** A checkpoint that was read. */
export interface Checkpoint {
  readonly position: Position;
  /** Puts a run's parts back to where they were. @throws TesseraError `E_STATE_MISMATCH` */
  readonly restore: (parts: Trainable) => void;
}

/**
 * Reads a run's newest checkpoint.
 * @throws TesseraError `E_CHECKPOINT_MISSING`, `E_SAFETENSORS_INVALID`
 */
export function openNewestCheckpoint(folder: string): Checkpoint {
  const path = listCheckpoints(folder).at(-1);
  if (path === undefined) {
    throw new TesseraError({
      code: 'E_CHECKPOINT_MISSING',
      message: `there is no checkpoint in '${folder}'`,
      next: 'Start the run anew with its recipe.',
    });
  }
  const { tensors, metadata } = decodeSafetensors(readFileSync(path), path);
  const json = JSON.parse(metadata['tessera'] ?? 'null') as CheckpointJson | null;
  if (json?.version !== 1) {
    throw new TesseraError({
      code: 'E_SAFETENSORS_INVALID',
      message: `'${path}' is not a checkpoint of this version`,
      next: 'Use the version of Tessera that wrote it.',
      kind: 'failure',
    });
  }
  return {
    position: json.position,
    restore: (parts) => {
      restore(parts, tensors, json);
    },
  };
}

function restore({ method, optimizer }: Trainable, tensors: SafetensorsFile['tensors'], json: CheckpointJson): void {
  tf.tidy(() => {
    const section = (prefix: string): Record<string, Tensor> =>
      Object.fromEntries(
        Object.entries(tensors).flatMap(([name, tensor]) =>
          name.startsWith(`${prefix}:`) ? [[name.slice(prefix.length + 1), toTensor(tensor)]] : [],
        ),
      );
    const state = (prefix: string, stateJson: Json): State => ({ tensors: section(prefix), json: stateJson });
    restoreVariables('checkpoint', [...method.variables(), ...method.buffers()], section('variable'));
    method.restore(state('method', json.method));
    optimizer.restore(state('optimizer', json.optimizer));
  });
}

function variablesOf(method: Method): Record<string, Tensor> {
  return Object.fromEntries([...method.variables(), ...method.buffers()].map(({ name, variable }) => [name, variable]));
}
