import { defineConfig } from 'vitest/config';

/** Settings every project shares. Forks, because native addons and tfjs engines are process-wide. */
export default defineConfig({
  ssr: { resolve: { conditions: ['@tessera/source', 'module', 'node', 'development|production'] } },
  resolve: { conditions: ['@tessera/source', 'module', 'node', 'development|production'] },
  test: {
    include: ['src/**/*.test.ts'],
    pool: 'forks',
    // Test files run side by side: two threads each on two cores would mostly wait for one another.
    // Tests leave the cache of whoever runs them alone.
    env: { OMP_NUM_THREADS: '1', TESSERA_CACHE: 'off' },
    // What hangs ends sometime; a machine with ten other things to do may take a minute to start two worker threads.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    passWithNoTests: true,
  },
});
