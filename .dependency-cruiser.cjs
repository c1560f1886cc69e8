/**
 * The layers of docs/architecture.md, as a table: each room and the rooms it may import. Run by scripts/check-layers.mjs, which also
 * fails when suspiciously few modules were seen (a resolver that finds nothing would otherwise report success).
 */
const rooms = {
  core: [],
  'backend-torch': [],
  engine: ['core', 'backend-torch'],
  data: ['core'],
  augment: ['core'],
  losses: ['core', 'engine'],
  optim: ['core', 'engine'],
  models: ['core', 'engine'],
  methods: ['core', 'engine', 'losses'],
  testing: ['core', 'engine'],
  evaluation: ['core', 'engine', 'losses'],
  run: ['core', 'engine', 'data'],
  // The one list of all that comes with Tessera; the plugins' own rooms, and no machinery.
  builtins: ['core', 'data', 'augment', 'losses', 'optim', 'models', 'methods', 'evaluation'],
};

/** Tests, and what only they read. */
const test = '\\.test\\.ts$|/testdata/|^libs/run/src/testing/';

/** What of libs/augment computes on the engine: what ops share, and `device.ts` in an op's folder. */
const deviceCode = '^libs/augment/src/(device/|ops/[^/]+/device\\.ts$)';

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...Object.entries(rooms).map(([room, allowed]) => ({
      name: `layer-${room}`,
      severity: 'error',
      comment: `libs/${room} may import only: ${allowed.join(', ') || 'nothing of ours'}`,
      from: { path: `^libs/${room}/`, pathNot: `/testdata/|${test}` },
      to: { path: '^(libs|apps|examples)/', pathNot: `^libs/(${[room, ...allowed].join('|')})/` },
    })),
    {
      name: 'tests-stay-in-libs',
      severity: 'error',
      comment: 'tests of a library may use other libraries, never an app',
      from: { path: '^libs/' },
      to: { path: '^(apps|examples)/' },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true, dependencyTypesNot: ['type-only'] } },
    {
      name: 'tsyringe-only-in-di',
      severity: 'error',
      comment: 'only core/di sees the container library',
      from: { path: '^(libs|apps|examples)/', pathNot: '^libs/core/src/di/' },
      to: { path: '(^|/)node_modules/(tsyringe|reflect-metadata)/' },
    },
    {
      name: 'container-only-in-compose',
      severity: 'error',
      comment: 'only the composition root binds and resolves',
      from: {
        path: '^(libs|apps|examples)/',
        pathNot: '^(libs/core/src/di/|libs/run/src/(compose|tokens|build-method)\\.ts$)',
      },
      to: { path: '^libs/core/src/di/' },
    },
    {
      name: 'native-loads-lazily',
      severity: 'error',
      comment: 'the engine imports backend-torch dynamically; kernel-specs loads nothing native',
      from: { path: '^libs/engine/', pathNot: test },
      to: {
        path: '^libs/backend-torch/',
        pathNot: '^libs/backend-torch/src/kernel-specs',
        dependencyTypesNot: ['dynamic-import', 'type-only'],
      },
    },
    {
      name: 'device-kernels-load-lazily',
      severity: 'error',
      comment:
        'worker threads load libs/augment and want no tensor library: only src/device and the device.ts of an op import one, and nobody ' +
        'else imports these statically',
      from: { path: '^libs/augment/src/', pathNot: `${deviceCode}|^libs/augment/src/testdata/|${test}` },
      to: {
        path: `${deviceCode}|(^|/)node_modules/@tensorflow/`,
        dependencyTypesNot: ['dynamic-import', 'type-only'],
      },
    },
    { name: 'examples-use-packages', severity: 'error', from: { path: '^examples/' }, to: { path: '^apps/' } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // The container library must stay visible: a rule about it cannot fire on what is not seen.
    exclude: {
      path: '^(libs|apps|examples)/[^/]+/dist/|(^|/)node_modules/(?!@tessera|tsyringe|reflect-metadata|@tensorflow/tfjs-core/)',
    },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: {
      conditionNames: ['@tessera/source', 'import', 'node', 'default'],
      exportsFields: ['exports'],
    },
  },
};
