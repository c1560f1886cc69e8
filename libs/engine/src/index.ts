export { clippedToGlobalNorm, clippedToNorm } from './clip.ts';
export { withExactSums } from './exact-sums.ts';
export { composeMethod, type MethodCalls, type ComposedPart, type ComposedParts } from './compose-method.ts';
export { detached } from './detached.ts';
export { evaluationForward } from './evaluation-forward.ts';
export { float32MatMul } from './float32/float32-mat-mul.ts';
export { float32Op, type Float32Result } from './float32/float32-op.ts';
export { l2Normalize } from './float32/l2-normalize.ts';
export { LEAST_FLOAT32 } from './float32/least-float32.ts';
export { logOnePlusSumExp } from './float32/log-one-plus-sum-exp.ts';
export { logSumExp } from './float32/log-sum-exp.ts';
export { softplus } from './float32/softplus.ts';
export { globalNorm } from './global-norm.ts';
export {
  engineNames,
  type DeviceChoice,
  type Engine,
  type EngineChoice,
  type EngineDevice,
  type EngineName,
  type EngineOptions,
  type EngineReport,
} from './names.ts';
export { MomentumCopy, type CopiedNetwork } from './momentum-copy.ts';
export { inspectEngines, openEngine } from './open-engine.ts';
export { currentPrecision, requirePrecision, withPrecision, type Precision } from './precision.ts';
export { restoreVariables } from './restore-variables.ts';
export { toFloat32 } from './to-float32.ts';
export { fromTorchLayout, parameterLayout, torchName, toTorchLayout, type ParameterLayout } from './torch-layout.ts';
export { trainingForward } from './training-forward.ts';
export { tryKernel } from './try-kernel.ts';
export { UpdateCollector } from './update-collector.ts';
export { variableGradients } from './variable-gradients.ts';
export { holdConstants, withoutGradient } from './without-gradient.ts';
