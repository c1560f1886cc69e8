export { extractFeatures, type EvaluationBatch } from './extract-features.ts';
export { knn, knnOptions } from './knn/evaluation.ts';
export { accuracy, knnPredict, type KnnInput, type KnnOutput } from './knn/predict.ts';
export { evaluationPlugin, evaluationPlugin as plugin } from './plugin.ts';
