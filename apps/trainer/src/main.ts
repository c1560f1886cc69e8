import { runCli } from './cli.ts';

process.channel?.unref(); // the launcher's; it must not keep this process alive
process.exitCode = await runCli(process.argv.slice(2));
// Worker threads and native thread pools may linger; output is flushed before leaving.
process.stdout.write('', () => process.stderr.write('', () => process.exit()));
