import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { TesseraError } from '../errors.ts';
import { doubts, type RunFacts } from './check.ts';
import { defineObjective, defineSchedule } from './define.ts';
import { definePlugin, pluginOf, type Plugin } from './plugin.ts';
import { Registry } from './registry.ts';

const constant = defineSchedule({
  name: 'constant',
  summary: 'The same rate throughout.',
  options: z.strictObject({ factor: z.number().positive().default(1) }),
  create:
    ({ factor }, { learningRate }) =>
    () => ({ learningRate: learningRate * factor }),
});
const context = { stepsPerEpoch: 1, totalSteps: 1, batchSize: 1, learningRate: 0.5 };

function caught(run: () => unknown): TesseraError {
  try {
    run();
  } catch (error) {
    if (error instanceof TesseraError) return error;
  }
  throw new Error('expected a TesseraError');
}

describe('define*', () => {
  it('types options inside, takes plain values outside', () => {
    expect(constant.build({ factor: 2 }, context)(0)).toEqual({ learningRate: 1 });
    expect(constant.build(undefined, context)(0)).toEqual({ learningRate: 0.5 });
    expect(constant.parse({})).toEqual({ factor: 1 });
  });

  it('names an unknown key and the nearest known one', () => {
    const error = caught(() => constant.parse({ facto: 2 }));
    expect(error).toMatchObject({ code: 'E_OPTION_UNKNOWN', kind: 'usage' });
    expect(error.message).toBe("unknown option 'schedule.options.facto'; did you mean 'factor'?");
  });

  it('names the key, the value and the expectation of a wrong type', () => {
    const error = caught(() => constant.parse({ factor: 'x' }));
    expect(error.code).toBe('E_OPTION_INVALID');
    expect(error.message).toContain('\'schedule.options.factor\' is "x"');
    expect(error.message).toContain('expected number');
  });
});

describe('what an extension says before a run', () => {
  const run: RunFacts = {
    parts: {
      method: 'm',
      augmenter: 'a',
      encoder: 'e',
      head: 'h',
      objective: 'o',
      optimizer: 'sgd',
      schedule: 'constant',
    },
    batchSize: 4,
    views: [],
    epochs: 1,
    learningRate: 1,
    highestLearningRate: 1,
  };
  const definition = {
    name: 'pairs',
    summary: '',
    options: z.strictObject({ margin: z.number().default(3) }),
    create: () => {
      throw new Error('not built');
    },
  };

  it('is typed by its options, and filled with their defaults', () => {
    const doubtful = defineObjective({
      ...definition,
      needs: { images: 2, views: 2 },
      check: ({ margin }, { batchSize }) =>
        doubts(
          margin > batchSize && { code: 'W_MARGIN', message: `${String(margin)} > ${String(batchSize)}` },
          undefined,
        ),
    });
    expect(doubtful.needs).toEqual({ images: 2, views: 2 });
    expect(doubtful.check?.({}, run)).toEqual([]);
    expect(doubtful.check?.({ margin: 5 }, run)).toEqual([{ code: 'W_MARGIN', message: '5 > 4' }]);
    expect(() => doubtful.check?.({ margi: 5 }, run)).toThrow(/did you mean 'margin'/);
  });

  it('is nothing where its author left it out', () => {
    const plain = defineObjective(definition);
    expect(Object.keys(plain)).not.toEqual(expect.arrayContaining(['needs']));
    expect(Object.keys(plain)).not.toEqual(expect.arrayContaining(['check']));
  });
});

describe('Registry', () => {
  const first = definePlugin({ name: 'first', contract: 2, extensions: [constant] });

  it('finds what was added and lists what it knows on a miss', () => {
    const registry = new Registry([first]);
    expect(registry.get('schedule', 'constant')).toBe(constant);
    const error = caught(() => registry.get('schedule', 'constent'));
    expect(error.code).toBe('E_EXTENSION_UNKNOWN');
    expect(error.message).toContain("did you mean 'constant'");
    expect(error.next).toContain('Known: constant');
  });

  it('rejects a duplicate extension naming both packages, and adds nothing of it', () => {
    const other = defineSchedule({
      name: 'other',
      summary: '',
      options: z.strictObject({}),
      create: () => () => ({ learningRate: 0 }),
    });
    const registry = new Registry([first]);
    const error = caught(() => {
      registry.add(definePlugin({ name: 'second', contract: 2, extensions: [other, constant] }));
    });
    expect(error.code).toBe('E_EXTENSION_DUPLICATE');
    expect(error.message).toContain("'first'");
    expect(error.message).toContain("'second'");
    expect(registry.list().map(({ extension }) => extension.name)).toEqual(['constant']);
  });

  it('refuses a plugin of another contract, or of none, by name', () => {
    const refusal = (contract?: number): TesseraError =>
      caught(() => new Registry([{ name: 'tessera-plugin-old', contract, extensions: [] } as unknown as Plugin]));
    expect(refusal(1).code).toBe('E_PLUGIN_CONTRACT');
    expect(refusal(1).message).toContain(
      "'tessera-plugin-old' was written for contract 1; this Tessera has contract 2",
    );
    expect(refusal().message).toContain("'tessera-plugin-old' does not say which contract");
    expect(refusal(3).next).toContain('newer Tessera');
  });

  it('rejects two plugins with one name', () => {
    expect(caught(() => new Registry([first, first])).code).toBe('E_PLUGIN_DUPLICATE');
  });
});

describe('pluginOf', () => {
  it('takes the default export, and says what is missing', () => {
    const plugin = definePlugin({ name: 'p', contract: 2, extensions: [] });
    expect(pluginOf({ default: plugin }, 'p')).toBe(plugin);
    expect(caught(() => pluginOf({ other: plugin }, 'p')).code).toBe('E_PLUGIN_SHAPE');
  });
});
