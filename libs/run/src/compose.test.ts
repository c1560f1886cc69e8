import { EventBus, fold, type Optimizer, type TesseraEvent } from '@tessera/core';
import { openEngine } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { join } from 'node:path';
import { compose } from './compose.ts';
import { prepared, temporaryFolder, tinySimclr } from './testing/tiny.ts';
import {
  AUGMENTER,
  BUS,
  COLLECTIVE,
  ENCODER,
  ENGINE,
  HEAD,
  KEY,
  LOADER,
  METHOD,
  OBJECTIVE,
  OPTIMIZER,
} from './tokens.ts';
import { pretrain } from './training/pretrain.ts';

beforeAll(async () => {
  await openEngine('cpu');
});

describe('override', () => {
  it('may rebind every token, and each is asked for by a run', async () => {
    const asked = new Set<string>();
    const { reason } = await pretrain(await prepared(tinySimclr, ['trainer.maxSteps=2']), {
      out: join(temporaryFolder(), 'run'),
      override: (rebind) => {
        const watch = <T>(name: string, token: Parameters<typeof rebind<T>>[0]): void => {
          rebind(token, (_, bound) => {
            asked.add(name);
            return bound();
          });
        };
        watch('augmenter', AUGMENTER);
        watch('encoder', ENCODER);
        watch('head', HEAD);
        watch('objective', OBJECTIVE);
        watch('method', METHOD);
        watch('optimizer', OPTIMIZER);
        watch('collective', COLLECTIVE);
        watch('engine', ENGINE);
        watch('loader', LOADER);
        watch('bus', BUS);
        watch('key', KEY);
      },
    });
    expect(reason).toBe('finished');
    expect([...asked].sort()).toEqual([
      'augmenter',
      'bus',
      'collective',
      'encoder',
      'engine',
      'head',
      'key',
      'loader',
      'method',
      'objective',
      'optimizer',
    ]);
  });

  it('takes effect: a bus of the caller, another key, an optimizer that wraps the bound one', async () => {
    const bus = new EventBus();
    const heard: TesseraEvent['type'][] = [];
    bus.events.subscribe(({ type }) => heard.push(type));
    const rates: number[] = [];
    const watched = (inner: Optimizer): Optimizer => ({
      update: (grads, now) => {
        rates.push(now.learningRate);
        inner.update(grads, now);
      },
      state: () => inner.state(),
      restore: (state) => {
        inner.restore(state);
      },
      dispose: () => {
        inner.dispose();
      },
    });
    const firstLoss = async (other: boolean): Promise<number | undefined> => {
      const { run } = await pretrain(await prepared(tinySimclr, ['trainer.maxSteps=1']), {
        out: join(temporaryFolder(), 'run'),
        override: (rebind) => {
          if (!other) return;
          rebind(BUS, () => bus);
          rebind(KEY, (_, bound) => fold(bound(), 'another'));
          rebind(OPTIMIZER, (_, bound) => watched(bound()));
        },
      });
      return run.events().find((event) => event.type === 'step')?.loss;
    };
    const [plain, changed] = [await firstLoss(false), await firstLoss(true)];
    expect(plain).toBeTypeOf('number');
    expect(changed).not.toBe(plain);
    expect(rates).toHaveLength(1);
    expect(heard).toEqual(expect.arrayContaining(['run-started', 'step', 'epoch', 'run-ended']));
    expect(tf.memory().numTensors).toBe(0);
  });

  it('sees what the last rebinding left, and resolves other tokens', async () => {
    const recipe = await prepared(tinySimclr);
    const composition = compose(recipe, { size: 40 }, (rebind) => {
      rebind(KEY, (_, bound) => fold(bound(), 'first'));
      rebind(KEY, (resolve, bound) => fold(bound(), `second of ${String(resolve(AUGMENTER).views.length)}`));
    });
    const untouched = compose(recipe, { size: 40 });
    expect(composition.key).toEqual(fold(fold(untouched.key, 'first'), 'second of 1'));
    await composition.dispose();
    await untouched.dispose();
  });
});
