import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { torchAddonStatus } from '../addon.ts';
import { status, suffix } from '../testing/compare.ts';
import { runScenario } from './run-scenario.ts';

const build = fileURLToPath(new URL('../../scripts/build-addon.mjs', import.meta.url));
const compiler = process.env['CXX'] ?? 'g++';
const compiles = process.platform === 'linux' && spawnSync(compiler, ['--version']).status === 0;

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tessera-versions-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function write(name: string, text: string): string {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

/** An addon that does not load, beside a record of its build. */
function fakeAddon(name: string, torchDir: string): string {
  write(`${name}/build.json`, JSON.stringify({ version: '2.13.0+cpu', torchDir }));
  return write(`${name}/tessera_torch.node`, 'no library');
}

const oneLine = (part: string): unknown =>
  expect.stringMatching(new RegExp(`^[^\\n]*${part}[^\\n]*build it again[^\\n]*$`));

describe('an addon that does not load says why, in one line', () => {
  it('its libtorch is gone', () => {
    const file = fakeAddon('gone', join(folder, 'nowhere'));
    expect(torchAddonStatus(file)).toMatchObject({
      code: 'TORCH_ADDON_BROKEN',
      reason: oneLine('2\\.13\\.0.*nowhere.*gone'),
    });
  });

  it('its libtorch is half there', () => {
    write('half/version.py', "__version__ = '2.13.0+cpu'");
    const file = fakeAddon('of-half', join(folder, 'half'));
    expect(torchAddonStatus(file)).toMatchObject({ code: 'TORCH_ADDON_BROKEN', reason: oneLine('half there') });
  });

  it('another version has taken its place', () => {
    write('newer/version.py', "__version__ = '2.14.1+cu130'");
    write('newer/lib/libtorch_cpu.so', '');
    const file = fakeAddon('of-newer', join(folder, 'newer'));
    const reason = oneLine('built against libtorch 2\\.13\\.0.*holds libtorch 2\\.14\\.1');
    expect(torchAddonStatus(file)).toMatchObject({ code: 'TORCH_VERSION_MISMATCH', reason });
  });

  it('the same version, and the file is broken', () => {
    write('same/version.py', "__version__ = '2.13.0+cu130'");
    write('same/lib/libtorch_cpu.so', '');
    const file = fakeAddon('of-same', join(folder, 'same'));
    expect(torchAddonStatus(file)).toMatchObject({ code: 'TORCH_ADDON_BROKEN', reason: oneLine('does not load') });
  });

  it('without a record of its build', () => {
    expect(torchAddonStatus(write('alone/tessera_torch.node', ''))).toMatchObject({
      code: 'TORCH_ADDON_BROKEN',
      reason: oneLine('does not load'),
    });
  });

  it.each(['1.13.1', '3.0.0'])('the build refuses libtorch %s by name', (version) => {
    write(`v${version}/include/torch/version.h`, `#define TORCH_VERSION "${version}"\n`);
    const { status: code, stderr } = spawnSync(process.execPath, [build, '--torch', join(folder, `v${version}`)], {
      encoding: 'utf8',
    });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: expect.stringContaining(`libtorch ${version} is not`) as string,
    });
  });
});

describe.skipIf(!status.available || process.platform !== 'linux')(`the linker finds another libtorch${suffix}`, () => {
  it('a file that is no library', { timeout: 60_000 }, async () => {
    write('broken/libtorch_cpu.so', 'half a download');
    const { code, lines } = await runScenario('status', { env: { LD_LIBRARY_PATH: join(folder, 'broken') } });
    expect(code).toBe(0);
    expect(lines).toMatchObject([{ available: false, code: 'TORCH_ADDON_BROKEN', reason: oneLine('libtorch_cpu') }]);
  });

  it.skipIf(!compiles)(
    'one of another version is refused by name before anything is called',
    { timeout: 60_000 },
    async () => {
      const source = write(
        'show_config.cc',
        '#include <string>\nnamespace at { std::string show_config() { return "Build settings: TORCH_VERSION=2.4.1, USE_CUDA=0, "; } }\n',
      );
      const library = join(folder, 'older.so');
      expect(spawnSync(compiler, ['-shared', '-fPIC', '-o', library, source]).status).toBe(0);
      const { code, lines } = await runScenario('status', { env: { LD_PRELOAD: library } });
      expect(code).toBe(0);
      const reason = oneLine('built against libtorch \\d+\\.\\d+\\.\\d+ and found libtorch 2\\.4\\.1');
      expect(lines).toMatchObject([{ available: false, code: 'TORCH_VERSION_MISMATCH', reason }]);
    },
  );
});
