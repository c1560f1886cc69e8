import tseslint from 'typescript-eslint';

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/node_modules/**',
      'libs/engine/vendor/**',
      '.nx/**',
      'runs/**',
      '**/*.mjs',
      '**/*.d.mts',
      '**/*.cjs',
      'eslint.config.js',
      '.dependency-cruiser.cjs',
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: {
          allowDefaultProject: [
            '*.ts',
            'libs/*/vitest.config.ts',
            'scripts/vitest.config.ts',
            'apps/*/vitest.config.ts',
            'examples/*/vitest.config.ts',
            'libs/*/bench/*.ts',
            'apps/*/bench/*.ts',
          ],
          maximumDefaultProjectFileMatchCount_THIS_WILL_SLOW_DOWN_LINTING: 40,
        },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-import-type-side-effects': 'error',
      'no-console': 'error',
      eqeqeq: 'error',
    },
  },
  { files: ['**/bench/**', '**/scripts/**'], rules: { 'no-console': 'off' } },
);
