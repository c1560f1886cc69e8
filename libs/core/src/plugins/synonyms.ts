import { plainName, sameName } from './names.ts';

/** What options are called here: what they are called elsewhere, each as {@link plainName} writes it. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  learningRate: [
    'lr',
    'rate',
    'baselr',
    'initlr',
    'maxlr',
    'peaklr',
    'peaklearningrate',
    'baselearningrate',
    'stepsize',
  ],
  weightDecay: ['wd', 'decay', 'l2', 'weightpenalty', 'regularization'],
  momentum: ['mom', 'mu'],
  epsilon: ['eps'],
  beta1: ['betas'],
  trustCoefficient: ['trust', 'trustcoef', 'trustcoeff', 'eeta'],
  batchSize: ['bs', 'batch', 'minibatch', 'minibatchsize', 'trainbatchsize', 'globalbatchsize'],
  epochs: ['maxepochs', 'numepochs', 'nepochs', 'totalepochs', 'trainepochs'],
  maxSteps: [
    'steps',
    'numsteps',
    'nsteps',
    'totalsteps',
    'trainsteps',
    'iters',
    'maxiters',
    'iterations',
    'maxiterations',
  ],
  warmupEpochs: ['warmup', 'warmuplength', 'nwarmup'],
  finalLearningRate: ['finallr', 'minlr', 'endlr', 'minlearningrate', 'endlearningrate'],
  startLearningRate: ['startlr', 'warmuplr', 'warmupstartlr', 'warmuplearningrate'],
  milestones: ['lrsteps', 'decayepochs', 'steps'],
  factor: ['gamma', 'lrdecay'],
  workers: ['numworkers', 'nworkers', 'dataworkers', 'loaderworkers', 'jobs'],
  temperature: ['temp', 'tau', 't'],
  prototypes: ['nprototypes', 'nmbprototypes', 'numprototypes'],
  clusters: ['k', 'nclusters', 'numclusters', 'ncentroids'],
  k: ['neighbours', 'neighbors', 'numneighbors', 'nneighbors', 'knn'],
  precision: ['amp', 'dtype', 'mixedprecision', 'fp16', 'bf16'],
  device: ['gpu', 'cuda', 'accelerator'],
  engine: ['backend'],
  threads: ['numthreads', 'nthreads'],
  seed: ['randomseed', 'manualseed', 'rngseed'],
  everySteps: ['savesteps', 'saveevery', 'checkpointevery', 'savefrequency', 'checkpointfreq'],
  keep: ['savetotallimit', 'keeplast', 'maxtokeep'],
  path: ['dir', 'datadir', 'root', 'dataroot', 'datapath', 'folder', 'directory'],
  limit: ['maxsamples', 'numsamples', 'maximages', 'numimages', 'subset'],
  source: ['dataset', 'name'],
  size: ['imagesize', 'imgsize', 'inputsize', 'cropsize', 'resolution'],
  views: ['nviews', 'numviews', 'numcrops', 'ncrops'],
  strength: ['colorstrength', 'colourstrength', 'jitterstrength', 'colorjitterstrength'],
  out: ['outdim', 'dim', 'embeddingdim', 'projdim', 'projectiondim', 'featuredim', 'outputdim'],
  hidden: ['hiddendim', 'hiddensize', 'hiddenwidth', 'mlpdim'],
  layers: ['numlayers', 'nlayers'],
  encoder: ['backbone', 'arch', 'architecture', 'model', 'network'],
  head: ['projector', 'projection', 'projectionhead'],
  objective: ['loss', 'criterion', 'lossfunction'],
  optimizer: ['optim', 'optimiser', 'opt'],
  schedule: ['scheduler', 'lrscheduler', 'lrschedule', 'learningrateschedule', 'sched'],
  augmenter: ['augmentation', 'augment', 'aug', 'transform'],
  data: ['dataset', 'datasets'],
  evaluation: ['eval', 'evaluator', 'probe', 'metrics'],
  reporters: ['logger', 'loggers', 'callbacks'],
  name: ['type', 'kind', 'id'],
  options: ['params', 'args', 'kwargs', 'config', 'settings'],
};

/** The known name that people mean by another: `learningRate` for `lr`, `batchSize` for `batch_size`. */
export function meantName(name: string, known: readonly string[]): string | undefined {
  const same = sameName(name, known);
  if (same !== undefined) return same;
  const plain = plainName(name);
  return known.find((candidate) => SYNONYMS[candidate]?.some((other) => other === plain || `${other}s` === plain));
}
