import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { projects: ['libs/*', 'apps/*', 'examples/*', 'scripts'], teardownTimeout: 120_000 },
});
