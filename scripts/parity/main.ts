/** npm run parity: every oracle file of a folder against our packages, on one engine. One JSON line a comparison, then a table of the files and the counts. */
import { openEngine } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { attempt, type Measurement } from './measurement.ts';
import { parseOptions, type ParityOptions } from './options.ts';
import { nearestToItsTolerance, reportTable, type FileReport } from './report.ts';
import { kinds } from './table.ts';

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

function runFile(path: string): FileReport {
  const stem = basename(path, '.json');
  let [passed, failed] = [0, 0];
  let nearest: Measurement | undefined;
  tf.engine().startScope();
  for (const { message, ...measured } of measurementsOf(path, stem)) {
    const pass = measured.error <= measured.tolerance;
    if (pass) passed++;
    else failed++;
    nearest = nearestToItsTolerance(nearest, measured);
    // JSON has no NaN: it shows as null.
    console.log(JSON.stringify({ file: stem, ...measured, pass, ...(message !== undefined && { message }) }));
  }
  tf.engine().endScope();
  return { file: stem, passed, failed, nearest };
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
  const reports: FileReport[] = [];
  for (const name of files.sort()) {
    if (exclude.has(basename(name, '.json'))) continue;
    const report = runFile(join(oracles, name));
    reports.push(report);
    console.error(`parity: ${report.file}: ${report.passed} passed, ${report.failed} failed`);
  }
  const sum = (of: (report: FileReport) => number): number => reports.reduce((all, one) => all + of(one), 0);
  const [passed, failed] = [sum((one) => one.passed), sum((one) => one.failed)];
  console.log(reportTable(reports).join('\n'));
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 || passed === 0 ? 1 : 0;
}

try {
  // Not process.exit: a pipe may still hold lines.
  process.exitCode = await run(parseOptions(process.argv.slice(2)));
} catch (error) {
  console.error(`parity: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
