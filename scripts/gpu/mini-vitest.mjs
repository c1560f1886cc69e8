// As much of vitest as the kernel tests use, for a machine that has only Node: vitest's own matchers, and a runner of one page.
import * as chai from 'chai';
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  getState,
  setState,
} from '@vitest/expect';

chai.use(JestExtend);
chai.use(JestChaiExpect);
chai.use(JestAsymmetricMatchers);
export const expect = (value, message) => chai.expect(value, message);
Object.assign(expect, chai.expect, globalThis[ASYMMETRIC_MATCHERS_OBJECT]);
expect.getState = () => getState(expect);
expect.setState = (state) => setState(state, expect);
globalThis[GLOBAL_EXPECT] = expect;
setState({ assertionCalls: 0, isExpectingAssertions: false, testPath: '' }, expect);

const root = { name: '', children: [], before: [], after: [], skip: false };
let suite = root;

export function describe(name, body) {
  const outer = suite;
  suite = { name: String(name), children: [], before: [], after: [], skip: false };
  outer.children.push(suite);
  body();
  suite = outer;
}
export function it(name, body) {
  suite.children.push({ name: String(name), body, skip: false });
}
export const test = it;
export const beforeAll = (body) => void suite.before.push(body);
export const afterAll = (body) => void suite.after.push(body);

const title = (name, values, index) =>
  `${String(name).replace(/\$(\w+)|%[sdijo]/g, (_, key) => show(key === undefined ? values.shift() : values[0]?.[key]))} #${index}`;
const show = (value) =>
  typeof value === 'function' ? value.name : typeof value === 'string' ? value : JSON.stringify(value);
for (const add of [describe, it]) {
  add.each = (cases) => (name, body) =>
    cases.forEach((each, i) => {
      const values = Array.isArray(each) ? each : [each];
      add(title(name, [...values], i), () => body(...values));
    });
  add.for = (cases) => (name, body) => cases.forEach((each, i) => add(title(name, [each], i), () => body(each)));
  add.skip = (name) => {
    add(name, () => undefined);
    suite.children.at(-1).skip = true;
  };
  add.skipIf = (condition) => (condition ? add.skip : add);
  add.runIf = (condition) => (condition ? add : add.skip);
}

/** Runs everything that was described. @returns counts, and the failures with their names */
export async function run(log) {
  const outcome = { passed: 0, failed: 0, skipped: 0, failures: [] };
  await runSuite(root, [], outcome, log);
  return outcome;
}

async function runSuite(node, path, outcome, log) {
  if (node.skip) {
    outcome.skipped++;
    return;
  }
  for (const body of node.before) await body();
  for (const child of node.children) {
    const name = [...path, child.name];
    if (child.children) await runSuite(child, name, outcome, log);
    else if (child.skip) outcome.skipped++;
    else await runTest(child, name.join(' > '), outcome, log);
  }
  for (const body of node.after) await body();
}

async function runTest({ body }, name, outcome, log) {
  try {
    await body();
    outcome.passed++;
  } catch (error) {
    outcome.failed++;
    const message = String(error?.message ?? error).split('\n')[0];
    outcome.failures.push({ name, message });
    log(`FAIL ${name}: ${message}`);
  }
}
