export { knn, knnOptions } from './knn/evaluation.ts';
export { accuracy, knnPredict, type KnnInput, type KnnOutput } from './knn/predict.ts';
export { evaluationPlugin, evaluationPlugin as plugin } from './plugin.ts';
export { retrieval, retrievalOptions } from './retrieval/evaluation.ts';
export { retrievedRows } from './retrieval/retrieve.ts';
