import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { jpegDecoder } from '@tessera/data';
import { inspectEngines } from '@tessera/engine';

/** `tessera doctor`: engines, which one `auto` takes, the JPEG decoder, and versions. */
export async function doctorCommand({ json }: { readonly json: boolean }): Promise<void> {
  const engines = await inspectEngines();
  const auto = engines.find(({ available }) => available)?.name ?? null;
  const report = {
    auto,
    engines,
    jpegDecoder: jpegDecoder(),
    versions: versions(),
    machine: {
      cores: availableParallelism(),
      cpu: cpus()[0]?.model ?? 'unknown',
      memoryGB: Math.round(totalmem() / 2 ** 30),
    },
  };
  if (json) {
    process.stdout.write(`${JSON.stringify(report)}\n`);
    return;
  }
  for (const { name, available, detail, remedy, devices = [] } of engines) {
    process.stdout.write(
      `${available ? 'yes' : 'no '}  ${name.padEnd(10)}  ${detail}${name === auto ? '  <- auto' : ''}\n`,
    );
    for (const device of devices) {
      process.stdout.write(`                 ${device.id}  ${device.name || 'GPU'}, ${device.memoryGB} GB\n`);
    }
    if (remedy !== undefined) process.stdout.write(`                 ${remedy}\n`);
  }
  const slow = report.jpegDecoder === 'sharp' ? '; npm run build:jpeg builds one of twice its speed' : '';
  process.stdout.write(`\nJPEG files are decoded by ${report.jpegDecoder}${slow}\n`);
  process.stdout.write(
    `${Object.entries(report.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}\n`,
  );
  process.stdout.write(`${report.machine.cores} cores (${report.machine.cpu}), ${report.machine.memoryGB} GB\n`);
}

function versions(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const own = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
  const found: Record<string, string> = { tessera: own.version, node: process.versions.node };
  for (const name of ['@tensorflow/tfjs-core', 'zod']) {
    try {
      found[name] = (require(`${name}/package.json`) as { version: string }).version;
    } catch {
      found[name] = 'not found';
    }
  }
  return found;
}
