import { describe, expect, it } from 'vitest';
import { prepared } from '../testing/tiny.ts';

const simclr = { method: { name: 'simclr' } };

describe('an unknown option', () => {
  it.each([
    ['trainer.lr', 'optimizer.options.learningRate'],
    ['optimizer.options.lr', 'optimizer.options.learningRate'],
    ['optimizer.lr', 'optimizer.options.learningRate'],
    ['lr', 'optimizer.options.learningRate'],
    ['trainer.learning_rate', 'optimizer.options.learningRate'],
    ['wd', 'optimizer.options.weightDecay'],
    ['trainer.weight_decay', 'optimizer.options.weightDecay'],
    ['trainer.bs', 'trainer.batchSize'],
    ['data.batch_size', 'trainer.batchSize'],
    ['data.batch', 'trainer.batchSize'],
    ['objective.options.temp', 'objective.options.temperature'],
    ['trainer.tau', 'objective.options.temperature'],
    ['max_epochs', 'trainer.epochs'],
    ['epochs', 'trainer.epochs'],
    ['trainer.num_workers', 'data.workers'],
    ['workers', 'data.workers'],
    ['trainer.momentum', 'optimizer.options.momentum'],
    ['trainer.warmup_epochs', 'schedule.options.warmupEpochs'],
    ['trainer.every_steps', 'checkpoint.everySteps'],
    ['trainer.seed', 'seed'],
    ['encoder.width', 'encoder.options.width'],
    ['augmenter.options.crop_scale', 'augmenter.options.cropScale'],
    ['head.dim', 'head.options.out'],
    ['data.name', 'data.source'],
    ['backbone', 'encoder'],
    ['loss', 'objective'],
  ])('%s is told with the whole path of %s', async (typed, meant) => {
    const error: unknown = await prepared(simclr, [`${typed}=1`]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'E_OPTION_UNKNOWN',
      message: expect.stringContaining(`'${typed}'; did you mean '`) as string,
      next: expect.stringContaining(`Write ${meant}. Known options here: `) as string,
    });
  });

  it('is told so in a file too, by the parts that it names', async () => {
    const recipe = { ...simclr, trainer: { trust_coefficient: 1 } };
    await expect(prepared({ ...recipe, optimizer: { name: 'lars' } })).rejects.toThrow(
      /'optimizer\.options\.trustCoefficient'/,
    );
    await expect(prepared(recipe)).rejects.toThrow(/unknown option 'trainer\.trust_coefficient'$/);
  });

  it('stays an error where a file gives a part the options of another', async () => {
    await expect(prepared({ ...simclr, optimizer: { name: 'sgd', options: { trustCoefficient: 1 } } })).rejects.toThrow(
      /unknown option 'optimizer\.options\.trustCoefficient'/,
    );
  });
});
