// Run by `npm pack` in a package of this repository: npm packs a licence only from the package's own folder.
import { copyFileSync } from 'node:fs';

copyFileSync(new URL('../LICENSE', import.meta.url), 'LICENSE');
