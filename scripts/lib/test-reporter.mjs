// A vitest reporter that leaves everything that can go wrong in one file, for scripts/lib/test-summary.mjs: failed tests, but also hooks,
// files that do not load, errors behind the tests' backs and tests that never came to an end because their process died.
import { writeFileSync } from 'node:fs';
import { relative, sep } from 'node:path';

/**
 * @typedef {{ name: string, message: string }} Failure
 * @typedef {{ file: string, titles: readonly string[], note?: string }} Skipped `titles`: of the describes around it, then its own
 * @typedef {{ passed: number, failures: readonly Failure[], skipped: readonly Skipped[] }} Report
 */

const messageOf = (errors) => errors.map(({ stack, message }) => stack || message || 'no message').join('\n');

export default class TestReporter {
  onTestRunEnd(modules, unhandled) {
    let passed = 0;
    const failures = [];
    const skipped = [];
    const fail = (name, message) => failures.push({ name, message });
    for (const module of modules) {
      const file = relative(process.cwd(), module.moduleId).split(sep).join('/');
      for (const holder of [module, ...module.children.allSuites()]) {
        const errors = holder.errors();
        if (errors.length > 0)
          fail([file, ...(holder === module ? [] : titlesOf(holder))].join(' > '), messageOf(errors));
      }
      if ([...module.children.allTests()].length + module.errors().length === 0)
        fail(file, 'a test file without tests');
      const unended = [];
      for (const test of module.children.allTests()) {
        const { state, errors, note } = test.result();
        const titles = titlesOf(test);
        if (state === 'passed') passed++;
        else if (state === 'skipped') skipped.push({ file, titles, note });
        else if (state === 'failed') fail([file, ...titles].join(' > '), messageOf(errors));
        else unended.push(titles.join(' > '));
      }
      const [first] = unended;
      if (first !== undefined) fail(file, `${unended.length} tests never came to an end, the first of them: ${first}`);
    }
    for (const error of unhandled) fail(error.type ?? 'an error that nobody caught', messageOf([error]));
    const { TESSERA_TEST_REPORT: path } = process.env;
    if (path) writeFileSync(path, JSON.stringify({ passed, failures, skipped }));
  }
}

/** Of the describes around a test or a describe, then its own. */
function titlesOf(task) {
  const { parent } = task;
  return [...(parent.type === 'suite' ? titlesOf(parent) : []), task.name];
}
