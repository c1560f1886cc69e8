import { lessonOf, type NewKind } from './kinds.ts';
import type { Origin } from './package-json.ts';
import { packageName } from './package-name.ts';

/** The README of a new package: what is here, how to run it, how to publish it. */
export function readme(kind: NewKind, name: string, { checkout, version }: Origin): string {
  const { kit, replace } = lessonOf[kind];
  const fromCheckout = `
The packages of Tessera are taken from the checkout whose \`tessera\` made this folder (the \`file:\` paths in \`package.json\`), so build them
there once, and again after you pull: \`npm run build\`. In a published version of your package, \`peerDependencies\` say what it needs;
replace the \`file:\` paths under \`devDependencies\` by \`^${version}\` where the packages come from a registry.
`;
  return `# ${packageName(name)}

The ${kind} \`${name}\` for Tessera.

\`\`\`sh
npm install        # also compiles src to dist
npm test           # the conformance kit, and tests of your own
npm run pretrain   # compiles, then trains by recipe.yaml; the run lands in runs/
\`\`\`

After a change, \`npm run build\` compiles (\`npx tsc --noEmit\` only checks); \`npx tessera\` is then the whole command line:
\`npx tessera describe ${kind}:${name} --recipe recipe.yaml\` prints your options, \`npx tessera eval knn RUN\` measures a run.
${checkout === undefined ? '' : fromCheckout}
| file | what it is |
| --- | --- |
| \`src/${name}.ts\` | the ${kind}; replace ${replace} |
| \`src/${name}.test.ts\` | \`${kit}\` of \`@tessera/testing\`, and tests of its numbers |
| \`src/index.ts\` | the plugin: what \`plugins: [${packageName(name)}]\` in a recipe adds |
| \`recipe.yaml\` | a whole run with it |

Whoever uses the package installs it beside their recipe (\`npm install ${packageName(name)}\`) and writes
\`plugins: [${packageName(name)}]\`. Tessera's docs/plugins.md has the contracts of all kinds of extensions,
docs/debugging.md breakpoints, losses that go NaN, leaks and time per op.
`;
}
