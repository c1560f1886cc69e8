import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  cacheFolder,
  findLibtorch,
  inspectTorch,
  inspectWheelFolder,
  pythonCommands,
  wheelFolder,
  type Python,
} from '../scripts/find-libtorch.mjs';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'find-libtorch-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const library = process.platform === 'darwin' ? 'libtorch_cpu.dylib' : 'libtorch_cpu.so';

function write(file: string, text = ''): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Empty files where a libtorch has its headers and libraries. */
function makeTorch(folder: string, version = "__version__ = '2.13.0+cpu'\n"): string {
  write(join(folder, 'include/ATen/ATen.h'));
  write(join(folder, 'lib', library));
  write(join(folder, 'version.py'), version);
  return folder;
}

function pythonWithTorch(folder: string, machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64'): Python {
  const torch = { file: join(folder, '__init__.py'), version: null };
  return { command: 'python3', executable: '/usr/bin/python3', version: [3, 11], machine, packages: { torch } };
}

/** Nothing of the person's own machine. */
const env = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({ XDG_CACHE_HOME: join(root, 'cache'), ...more });

describe('a folder', () => {
  it('is a libtorch with its version from version.py, build-version or the header', () => {
    const python = makeTorch(join(root, 'python'));
    expect(inspectTorch(python)).toEqual({ dir: python, version: '2.13.0+cpu' });
    const archive = makeTorch(join(root, 'archive'), '');
    write(join(archive, 'build-version'), '2.11.0+cu130\n');
    expect(inspectTorch(archive)).toEqual({ dir: archive, version: '2.11.0+cu130' });
    const bare = makeTorch(join(root, 'bare'), '');
    write(join(bare, 'include/torch/headeronly/version.h'), '#define TORCH_VERSION "2.12.1"\n');
    expect(inspectTorch(bare)).toEqual({ dir: bare, version: '2.12.1' });
  });

  it('may hold it as torch/ or libtorch/', () => {
    const inner = makeTorch(join(root, 'site-packages/torch'));
    expect(inspectTorch(dirname(inner))).toEqual({ dir: inner, version: '2.13.0+cpu' });
    const unpacked = makeTorch(join(root, 'downloads/libtorch'));
    expect(inspectTorch(dirname(unpacked))).toMatchObject({ dir: unpacked });
  });

  it('is none without headers, without the library, or when it is not there', () => {
    const torch = makeTorch(join(root, 'torch'));
    rmSync(join(torch, 'lib', library));
    expect(inspectTorch(torch)).toEqual({ problem: `${torch} has no ${library} in lib/` });
    rmSync(join(torch, 'include'), { recursive: true });
    expect(inspectTorch(torch)).toHaveProperty('problem', `${torch} has no libtorch headers (include/ATen)`);
    expect(inspectTorch('/no/such/folder')).toHaveProperty('problem', '/no/such/folder does not exist');
  });
});

describe('the cache', () => {
  it('is XDG_CACHE_HOME when that is absolute, else ~/.cache', () => {
    expect(cacheFolder({ XDG_CACHE_HOME: '/var/cache/me' })).toBe('/var/cache/me/tessera');
    expect(cacheFolder({ XDG_CACHE_HOME: 'relative', HOME: '/home/me' })).toBe('/home/me/.cache/tessera');
    expect(cacheFolder({})).toBe(join(homedir(), '.cache/tessera'));
  });

  it('does not count a folder that was never finished or lost a part', () => {
    const folder = wheelFolder(env());
    makeTorch(join(folder, 'torch'));
    expect(inspectWheelFolder(folder)).toBeUndefined();
    write(join(folder, 'complete.json'), '{}');
    expect(inspectWheelFolder(folder)).toEqual({ dir: join(folder, 'torch'), version: '2.13.0+cpu' });
    rmSync(join(folder, 'torch/lib', library));
    expect(inspectWheelFolder(folder)).toBeUndefined();
  });
});

describe('the search', () => {
  it('asks the virtual environment first', () => {
    write(join(root, 'venv/bin/python'));
    expect(pythonCommands({})).toEqual(['python3', 'python']);
    if (process.platform !== 'win32') {
      expect(pythonCommands({ VIRTUAL_ENV: join(root, 'venv') })[0]).toBe(join(root, 'venv/bin/python'));
    }
    expect(pythonCommands({ VIRTUAL_ENV: join(root, 'gone') })).toEqual(['python3', 'python']);
  });

  it('takes a python package before the cache', () => {
    const torch = makeTorch(join(root, 'site-packages/torch'));
    const cached = makeTorch(join(wheelFolder(env()), 'torch'));
    write(join(wheelFolder(env()), 'complete.json'), '{}');
    const { found, passed } = findLibtorch({ env: env(), pythons: [pythonWithTorch(torch)] });
    expect(found.map(({ dir, origin }) => [dir, origin])).toEqual([
      [torch, 'python3'],
      [cached, 'cache'],
    ]);
    expect(passed).toEqual([]);
  });

  it('names what it passes over: a package without libraries, one for another machine', () => {
    const torch = makeTorch(join(root, 'site-packages/torch'));
    const { found, passed } = findLibtorch({ env: env(), pythons: [pythonWithTorch(torch, 'riscv64')] });
    expect(found).toEqual([]);
    expect(passed).toEqual([`the torch of python3: it runs on riscv64, node on ${process.arch}`]);
    rmSync(join(torch, 'lib', library));
    expect(findLibtorch({ env: env(), pythons: [pythonWithTorch(torch)] }).passed[0]).toContain(`has no ${library}`);
  });

  it('takes LIBTORCH and then nothing else, even when it is wrong', () => {
    const torch = makeTorch(join(root, 'mine'));
    const pythons = [pythonWithTorch(makeTorch(join(root, 'site-packages/torch')))];
    expect(findLibtorch({ env: env({ LIBTORCH: torch }), pythons }).found).toEqual([
      { dir: torch, version: '2.13.0+cpu', origin: 'LIBTORCH' },
    ]);
    const wrong = findLibtorch({ env: env({ LIBTORCH: root }), pythons });
    expect(wrong.found).toEqual([]);
    expect(wrong.passed).toEqual([`LIBTORCH: ${root} has no libtorch headers (include/ATen)`]);
  });
});
