// tfjs-core's own tests as one CommonJS file. They ship in the package as ES module text in .js files, some with require(), which Node
// does not load. Their copy of tfjs-core and ours share one engine, one kernel registry and one gradient registry: all are globals.
import { build } from 'esbuild';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';

const require = createRequire(import.meta.url);
const core = '@tensorflow/tfjs-core/dist';

/** Written as modules, so that the test environment is set before the first describe. */
const entry = `
  import './environment-under-test';
  import '${core}/index';
  import '${core}/public/chained_ops/register_all_chained_ops';
  import '${core}/tests';
`;
const environment = `
  import { setTestEnvs } from '${core}/jasmine_util';
  setTestEnvs([globalThis.conformanceEnvironment]);
`;

/** @param {string} outfile */
export async function bundleTests(outfile) {
  const resolveDir = dirname(require.resolve('@tensorflow/tfjs-core/package.json'));
  await build({
    stdin: { contents: entry, resolveDir },
    outfile,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    // The package's list of files with side effects leaves its tests out.
    ignoreAnnotations: true,
    logLevel: 'error',
    plugins: [
      {
        name: 'environment-under-test',
        setup(plugin) {
          // One jasmine, and one that finds out by itself where it runs.
          plugin.onResolve({ filter: /^jasmine-core/ }, ({ path }) => ({
            path: require.resolve(path),
            external: true,
          }));
          plugin.onResolve({ filter: /^\.\/environment-under-test$/ }, ({ path }) => ({
            path,
            namespace: 'conformance',
          }));
          plugin.onLoad({ filter: /.*/, namespace: 'conformance' }, () => ({ contents: environment, resolveDir }));
        },
      },
    ],
  });
}
