import { runCli } from './cli.ts';
import { guardProcess } from './process-guards.ts';

process.channel?.unref(); // the launcher's; it must not keep this process alive
const args = process.argv.slice(2);
guardProcess({ verbose: args.includes('--verbose') });
process.exitCode = await runCli(args);
// Worker threads and native thread pools may linger; output is flushed before leaving.
process.stdout.write('', () => process.stderr.write('', () => process.exit()));
