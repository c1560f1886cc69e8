// `npm run quick [ROOM]`: format, types, lint and tests of what is not committed (or, where all is, of what the branch has changed), or of a
// room (losses, trainer, ...), in seconds. It is for the inner loop: tests of the rooms that files lie in, on one engine, without what
// lib/quick/left-out.mjs lists. `npm test` is the whole.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { leftOut } from './lib/quick/left-out.mjs';
import { planOf, roomNamed } from './lib/quick/plan.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** @returns {string[] | undefined} lines, or nothing where git fails */
function git(...args) {
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 2 ** 28 });
  return status === 0 ? stdout.split('\n').filter(Boolean) : undefined;
}

/** What is not committed, with what git does not know yet; where all is, what this branch has changed since it left main. */
function changedFiles() {
  const differing = (from) => git('diff', '--name-only', '--relative', from);
  const open = differing('HEAD');
  if (open === undefined) throw new Error('git does not tell what has changed; name a room: npm run quick losses');
  const own = [...open, ...(git('ls-files', '--others', '--exclude-standard') ?? [])];
  if (own.length > 0) return { files: own, what: 'not committed' };
  const [base] = git('merge-base', 'HEAD', 'main') ?? git('merge-base', 'HEAD', 'origin/main') ?? ['HEAD'];
  return { files: differing(base ?? 'HEAD') ?? [], what: 'changed since main' };
}

const filesOf = (folder) => git('ls-files', '--cached', '--others', '--exclude-standard', folder) ?? [];

/** Every package of the workspace. @returns {import('./lib/quick/plan.mjs').Room[]} */
function allRooms() {
  const folders = ['libs', 'apps', 'examples'].flatMap((kind) =>
    readdirSync(join(root, kind)).map((name) => `${kind}/${name}`),
  );
  return folders.flatMap((folder) => {
    const path = join(root, folder, 'package.json');
    return existsSync(path) ? [{ folder, project: JSON.parse(readFileSync(path, 'utf8')).name }] : [];
  });
}

/** @returns {Promise<boolean>} whether it went well; what it said is shown only where it did not */
function run({ title, command, args }) {
  const started = performance.now();
  return new Promise((done) => {
    let output = '';
    // Without a terminal, tools say little.
    const child = spawn(command, args, {
      cwd: root,
      env: { ...process.env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('error', (error) => (output += error.message));
    child.on('close', (code) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      const count = /^ +(Tests +.*)$/m.exec(output)?.[1] ?? '';
      if (code !== 0) console.log(output.trimEnd());
      console.log(`${title}: ${code === 0 ? 'ok' : 'FAILED'} (${seconds} s) ${count}`.trimEnd());
      done(code === 0);
    });
  });
}

async function main([name]) {
  const rooms = allRooms();
  const room = name === undefined ? undefined : roomNamed(name, rooms);
  const { files, what } = room ? { files: filesOf(room.folder), what: `in ${room.folder}` } : changedFiles();
  const torch = existsSync(join(root, 'libs/backend-torch/native/build/tessera_torch.node'));
  const engine = torch ? 'torch' : 'wasm';
  const steps = planOf({
    files,
    room,
    rooms,
    exists: (path) => existsSync(join(root, path)),
    engine,
    leftOut,
    root: root.replace(/\/$/, ''),
  });
  if (steps.length === 0) console.log('quick: nothing has changed since main; name a room: npm run quick losses');
  else console.log(`quick: ${files.length} files ${what}, tests on ${engine}; npm test is the whole`);
  return (await Promise.all(steps.map(run))).every(Boolean);
}

try {
  process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
} catch (error) {
  console.error(`quick: ${error.message}`);
  process.exitCode = 1;
}
