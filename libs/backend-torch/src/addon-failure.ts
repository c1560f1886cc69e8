import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TorchBackendError } from './errors.ts';

const AGAIN = 'build it again with libs/backend-torch/scripts/build-addon.mjs --torch DIR --force';
const LIBRARIES = ['libtorch_cpu.so', 'libtorch_cpu.dylib'];

/** What scripts/build-addon.mjs writes beside the addon. */
interface BuildRecord {
  readonly version: string;
  readonly torchDir: string;
}

function recordBeside(file: string): BuildRecord | undefined {
  try {
    const { version, torchDir } = JSON.parse(
      readFileSync(join(dirname(file), 'build.json'), 'utf8'),
    ) as Partial<BuildRecord>;
    return typeof version === 'string' && typeof torchDir === 'string' ? { version, torchDir } : undefined;
  } catch {
    return undefined;
  }
}

/** A python package says its version in version.py, an unpacked libtorch in build-version, both in a header. */
function versionIn(torchDir: string): string | undefined {
  for (const name of ['version.py', 'build-version', 'include/torch/headeronly/version.h']) {
    try {
      const found = /\d+\.\d+\.\d+[\w.+]*/.exec(readFileSync(join(torchDir, name), 'utf8'))?.[0];
      if (found !== undefined) return found;
    } catch {
      // the next one
    }
  }
  return undefined;
}

const release = (version: string): string => version.split('+', 1)[0] ?? version;

/** Why an addon that is there does not load: its libtorch is gone, is another version now, or what the system says. One line. */
export function addonFailure(file: string, cause: unknown): TorchBackendError {
  const said = (cause instanceof Error ? cause.message : String(cause)).split('\n', 1)[0] ?? '';
  if ((cause as { code?: unknown } | null)?.code === 'TORCH_VERSION_MISMATCH')
    return new TorchBackendError('TORCH_VERSION_MISMATCH', `${said}; ${AGAIN}`, { cause });
  const record = recordBeside(file);
  if (record !== undefined) {
    const { version, torchDir } = record;
    if (!LIBRARIES.some((name) => existsSync(join(torchDir, 'lib', name)))) {
      const reason = `the torch addon was built against libtorch ${version} in ${torchDir}, which is gone or half there (no lib/libtorch_cpu)`;
      return new TorchBackendError('TORCH_ADDON_BROKEN', `${reason}; ${AGAIN}`, { cause });
    }
    const now = versionIn(torchDir);
    if (now !== undefined && release(now) !== release(version)) {
      const reason = `the torch addon was built against libtorch ${version}, and ${torchDir} holds libtorch ${now}`;
      return new TorchBackendError('TORCH_VERSION_MISMATCH', `${reason}; ${AGAIN}`, { cause });
    }
  }
  return new TorchBackendError('TORCH_ADDON_BROKEN', `the torch addon does not load: ${said}; ${AGAIN}`, { cause });
}
