/** The program in this room's README, as a reader would run it. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { temporaryFolder } from './testing/tiny.ts';

const room = fileURLToPath(new URL('..', import.meta.url));

it('trains and scores by its ten lines', async () => {
  const [, program = ''] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(room, 'README.md'), 'utf8')) ?? [];
  const folder = temporaryFolder();
  // Packages are found from where the file is, so it stands in the room for as long as it runs; the run folder does not.
  const out = join(folder, 'run');
  const file = join(folder, 'program.mts');
  const found = program
    .replace(/from '(@tessera\/[a-z]+)'/g, (_, name: string) => `from '${import.meta.resolve(name)}'`)
    .replace('runs/from-a-program', out);
  writeFileSync(file, found.replace('trainer: { ', "trainer: { engine: 'wasm', maxSteps: 2, "));
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--conditions=@tessera/source', '--import', import.meta.resolve('tsx'), file],
    { cwd: room },
  );
  expect(stdout).toMatch(/^loss \d+\.\d+, kNN [01]\.\d+, untrained [01]\.\d+\n$/);
  expect(readFileSync(join(out, 'metrics.jsonl'), 'utf8').match(/"type":"step"/g)).toHaveLength(2);
});
