import { engineSuite } from '../testing/engine-suite.ts';

await engineSuite('wasm');
