import * as tf from '@tensorflow/tfjs-core';
import { messageOf } from '@tessera/core';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import type { EngineOptions, LoadedEngine } from '../names.ts';
import { offerExactSums } from '../tensorflow/exact-sums.ts';
import { registerExplicitPadding } from '../tensorflow/explicit-padding.ts';
import { registerMissingCases } from '../tensorflow/missing-cases.ts';
import { findTfjsNode } from '../tensorflow/locate.ts';
import { unavailable } from './unavailable.ts';

const REMEDY = 'Run `npm run build:tensorflow`, or use the torch engine.';

/** tfjs on libtensorflow. */
export function loadTensorflow({ threads }: EngineOptions): Promise<LoadedEngine> {
  configureLibtensorflow(threads);
  restoreRemovedUtilities();
  const failures: Failure[] = [];
  const { found, missing } = findTfjsNode();
  for (const { name, entry } of found) {
    try {
      requireQuietly(entry);
      registerExplicitPadding();
      registerMissingCases();
      offerExactSums(tf.findBackend('tensorflow'));
      return Promise.resolve({ detail: describe(name, libraryVersion()), precisions: ['f32'] });
    } catch (error) {
      failures.push({ name, error });
    }
  }
  return Promise.reject(noneLoads(failures, missing));
}

/**
 * Loads the packages in a process of its own and tells what came of it: libtorch and libtensorflow in one process may take it down.
 * @throws TesseraError `E_ENGINE_UNAVAILABLE`
 */
export function inspectTensorflow(): string {
  configureLibtensorflow(undefined);
  const failures: Failure[] = [];
  const { found, missing } = findTfjsNode();
  for (const { name, entry } of found) {
    try {
      const program = `process.stdout.write('version=' + require(${JSON.stringify(entry)}).backend().binding.TF_Version)`;
      const child = spawnSync(process.execPath, ['-e', program], { encoding: 'utf8', timeout: 60_000 });
      const version = /version=(\S+)/.exec(child.stdout)?.[1];
      if (version !== undefined) return describe(name, version);
      throw new Error(
        /^\w*Error: .*$/m.exec(child.stderr)?.[0] ?? `it ended with ${child.signal ?? `code ${String(child.status)}`}`,
      );
    } catch (error) {
      failures.push({ name, error });
    }
  }
  throw noneLoads(failures, missing);
}

interface Failure {
  readonly name: string;
  readonly error: unknown;
}

function noneLoads(failures: readonly Failure[], missing: readonly string[]): Error {
  const reasons = failures.map(({ name, error }) => `${name}: ${messageOf(error).split('\n')[0] ?? ''}`);
  return unavailable('tensorflow', [...reasons, ...missing].join('; '), REMEDY, failures[0]?.error);
}

/** What libtensorflow reads from the environment when it starts. What the person has set stays. */
function configureLibtensorflow(threads: number | undefined): void {
  // Its log of found CPU features and devices is not for the person who trains.
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  if (threads !== undefined) process.env['TF_NUM_INTRAOP_THREADS'] ??= String(threads);
}

/** tfjs-node 4.22 calls two helpers of node:util that Node 22 deprecates and Node 23 removed. */
function restoreRemovedUtilities(): void {
  if (Number(process.versions.node.split('.')[0]) < 22) return;
  const util: unknown = createRequire(import.meta.url)('node:util');
  Object.assign(util as object, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  });
}

/** The package drags in all of tfjs, which announces everything that it registers twice. Synchronous, so nobody else is silenced. */
function requireQuietly(name: string): void {
  const { log, warn } = console;
  const silent = (): undefined => undefined;
  Object.assign(console, { log: silent, warn: silent });
  try {
    createRequire(import.meta.url)(name);
  } finally {
    Object.assign(console, { log, warn });
  }
}

function libraryVersion(): string | undefined {
  const binding: unknown = Reflect.get(tf.findBackend('tensorflow'), 'binding');
  const version: unknown =
    typeof binding === 'object' && binding !== null ? Reflect.get(binding, 'TF_Version') : undefined;
  return typeof version === 'string' ? version : undefined;
}

function describe(name: string, version: string | undefined): string {
  return version === undefined ? name : `${name}, libtensorflow ${version}`;
}
