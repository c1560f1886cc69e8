import { mergeConfig } from 'vitest/config';
import shared from '../vitest.shared.ts';

/** Tests of the repository's own tools. */
export default mergeConfig(shared, { test: { name: 'scripts', include: ['**/*.test.{ts,mjs}'] } });
