export { describeEngines } from './describe-engines.ts';
export { methodContext, type PartMaker } from './method-context.ts';
export { testAugmenter, type AugmenterSpec } from './test-augmenter.ts';
export { testEncoder, type EncoderSpec } from './test-encoder.ts';
export { testHead, type HeadSpec } from './test-head.ts';
export { testMethod, type MethodSpec } from './test-method.ts';
export { testObjective, type ObjectiveSpec } from './test-objective.ts';
export { testOptimizer, type OptimizerSpec } from './test-optimizer.ts';
export type { BadOptions } from './expectations.ts';
