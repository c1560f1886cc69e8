/** npm run parity: every oracle file of a folder against our packages, on one engine. One JSON line a comparison, then the counts. */
import { openEngine } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { attempt, type Measurement } from './measurement.ts';
import { parseOptions, type ParityOptions } from './options.ts';
import { kinds } from './table.ts';

interface Counts {
  passed: number;
  failed: number;
}

/** All comparisons of a file; what cannot be compared is one that fails. */
function measurementsOf(path: string, stem: string): Iterable<Measurement> {
  return attempt('', function* () {
    const kind = Object.hasOwn(kinds, stem) ? kinds[stem] : undefined;
    if (!kind) throw new Error(`no file of this name is known; known are ${Object.keys(kinds).join(', ')}`);
    let count = 0;
    for (const measurement of kind(JSON.parse(readFileSync(path, 'utf8')))) {
      count++;
      yield measurement;
    }
    if (count === 0) throw new Error('the file holds no case');
  });
}

function runFile(path: string, counts: Counts): void {
  const stem = basename(path, '.json');
  const own = { passed: 0, failed: 0 };
  let closest: Measurement | undefined;
  tf.engine().startScope();
  for (const { message, ...measured } of measurementsOf(path, stem)) {
    const pass = measured.error <= measured.tolerance;
    if (pass) own.passed++;
    else own.failed++;
    // A comparison that could not be made has a tolerance of 0.
    if (closest === undefined || !(measured.error / measured.tolerance <= closest.error / closest.tolerance)) {
      closest = measured;
    }
    // JSON has no NaN: it shows as null.
    console.log(JSON.stringify({ file: stem, ...measured, pass, ...(message !== undefined && { message }) }));
  }
  tf.engine().endScope();
  counts.passed += own.passed;
  counts.failed += own.failed;
  console.error(`parity: ${stem}: ${own.passed} passed, ${own.failed} failed; ${nearestMiss(closest)}`);
}

/** The error that comes nearest to its tolerance. */
function nearestMiss(closest: Measurement | undefined): string {
  if (!closest) return 'nothing compared';
  const { quantity, error, tolerance } = closest;
  if (tolerance === 0 && !(error <= 0)) return 'a case could not be compared';
  return `largest error ${error.toExponential(1)} of ${tolerance.toExponential(0)} allowed (${quantity})`;
}

/** @throws Error that says so where there is no such folder, or none of the files in it */
function oracleFiles(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new Error(`'${folder}' is no folder; --oracles takes one of JSON files`);
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  if (files.length === 0) throw new Error(`there is no JSON file in '${folder}'; --oracles takes a folder of them`);
  return files;
}

async function run({ oracles, engine, exclude }: ParityOptions): Promise<number> {
  const files = oracleFiles(oracles);
  const stems = new Set(files.map((name) => basename(name, '.json')));
  const absent = [...exclude].filter((stem) => !stems.has(stem));
  if (absent.length > 0) console.error(`parity: nothing to leave out by the name of ${absent.join(', ')}`);
  const opened = await openEngine(engine);
  console.error(`parity: ${files.length} files on the ${opened.name} engine`);
  const counts = { passed: 0, failed: 0 };
  for (const name of files.sort()) {
    if (!exclude.has(basename(name, '.json'))) runFile(join(oracles, name), counts);
  }
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
  return counts.failed > 0 || counts.passed === 0 ? 1 : 0;
}

try {
  // Not process.exit: a pipe may still hold lines.
  process.exitCode = await run(parseOptions(process.argv.slice(2)));
} catch (error) {
  console.error(`parity: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
