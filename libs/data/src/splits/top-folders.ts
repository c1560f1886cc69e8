/** A folder that lies directly in the root of a data set. */
export interface TopFolder {
  readonly name: string;
  /** Images at any depth. */
  readonly images: number;
  /** Images directly in it. */
  readonly loose: number;
  /** Its own folders that hold images. */
  readonly folders: ReadonlySet<string>;
}

/** What the root of a data set holds. */
export interface Top {
  /** Images directly in it. */
  readonly loose: number;
  /** The first of them. */
  readonly firstLoose: string | undefined;
  /** Those that hold images, by name. */
  readonly folders: ReadonlyMap<string, TopFolder>;
}

/** @param names of images, relative to the root, with `/` */
export function topOf(names: Iterable<string>): Top {
  let loose = 0;
  let firstLoose: string | undefined;
  const folders = new Map<string, { name: string; images: number; loose: number; folders: Set<string> }>();
  for (const name of names) {
    const end = name.indexOf('/');
    if (end < 0) {
      loose++;
      firstLoose ??= name;
      continue;
    }
    const key = name.slice(0, end);
    const folder = folders.get(key) ?? { name: key, images: 0, loose: 0, folders: new Set() };
    folders.set(key, folder);
    folder.images++;
    const next = name.indexOf('/', end + 1);
    if (next < 0) folder.loose++;
    else folder.folders.add(name.slice(end + 1, next));
  }
  return { loose, firstLoose, folders };
}

/** `'bus' (16), 'car' (16) and 3 more (40)`. */
export function countedFolders(folders: readonly Pick<TopFolder, 'name' | 'images'>[], shown = 4): string {
  const some = folders.slice(0, shown).map(({ name, images }) => `'${name}' (${String(images)})`);
  const rest = folders.slice(shown);
  const images = rest.reduce((sum, folder) => sum + folder.images, 0);
  return some.join(', ') + (rest.length === 0 ? '' : ` and ${String(rest.length)} more (${String(images)})`);
}
