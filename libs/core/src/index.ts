export { isTesseraError, messageOf, TesseraError, type ErrorDetails, type ErrorKind } from './errors.ts';
export type { Json, JsonObject } from './json.ts';
export { COUNT, POSITIVE, requireNumbers, type NumberRange } from './numbers.ts';
export { fold, rootKey, type RandomKey } from './random/key.ts';
export { RandomStream, stream, type RandomState } from './random/stream.ts';
export { singleProcess, type Collective } from './contracts/collective.ts';
export type { Augmenter, Dataset, Picture, PixelType, Plan, RgbImage, Views, ViewSpec } from './contracts/data.ts';
export type { AugmentOnDevice, DeviceHalf, HostOnly } from './contracts/device-half.ts';
export { hostOnlyReason, requireDeviceHalf } from './contracts/require-device-half.ts';
export type {
  BatchRequest,
  Evaluation,
  EvaluationContext,
  EvaluationTraining,
  FeatureSet,
  LabelledBatch,
  LabelledSplit,
  ViewFeatures,
  ViewRequest,
} from './contracts/evaluation.ts';
export type { Forward, PendingUpdates, Progress } from './contracts/forward.ts';
export type { DataPass } from './contracts/data-pass.ts';
export type { Embedded, Method, ViewGroup } from './contracts/method.ts';
export type {
  BatchInfo,
  Embeddings,
  Encoder,
  Head,
  LossResult,
  Objective,
  Optimizer,
  Rates,
  Schedule,
  TokenEncoder,
} from './contracts/parts.ts';
export { withKey } from './contracts/with-key.ts';
export { statelessObjective } from './contracts/stateless-objective.ts';
export type { DataFacts } from './contracts/data-facts.ts';
export type { NamedBuffer, NamedVariable, State, VariableRole } from './contracts/state.ts';
export { cosine, linear } from './curves.ts';
export { EventBus } from './events/bus.ts';
export type { DataMemory, EventOf, EventType, EventTypes, Metrics, TesseraEvent } from './events/events.ts';
export { doubts, type Doubt, type MethodNeeds, type ObjectiveNeeds, type RunFacts } from './plugins/check.ts';
export {
  defineAugmenter,
  defineDataset,
  defineEncoder,
  defineEvaluation,
  defineHead,
  defineMethod,
  defineObjective,
  defineOptimizer,
  defineReporter,
  defineSchedule,
  type Definition,
} from './plugins/define.ts';
export type {
  AnyExtension,
  ContextOf,
  DatasetExtension,
  DatasetTraits,
  EncoderExtension,
  EvaluationExtension,
  Extension,
  ExtensionOf,
  Kind,
  MethodExtension,
  ObjectiveExtension,
  PartKind,
  ProductOf,
  Reporter,
  RunPartKind,
} from './plugins/extension.ts';
export { objectiveFits } from './plugins/fit.ts';
export { peakLearningRate, type OptimizerSchema } from './plugins/learning-rate.ts';
export type {
  BuildPart,
  MethodContext,
  MethodPart,
  MethodPartKind,
  MethodParts,
  PartChoice,
} from './plugins/method-parts.ts';
export { nearest } from './plugins/names.ts';
export { isUnknownOption, parseOptions, UnknownOptionError } from './plugins/options.ts';
export { contractVersion, definePlugin, pluginOf, type Plugin, type PluginModule } from './plugins/plugin.ts';
export { givesTokens, withoutTokens } from './plugins/require-tokens.ts';
export { Registry } from './plugins/registry.ts';
export { meantName } from './plugins/synonyms.ts';
