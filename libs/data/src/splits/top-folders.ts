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

/** How many images lie directly in each folder; the root is an empty name. @param names with `/` between their parts */
export function countsByFolder(names: Iterable<string>): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  // Neighbours lie in one folder, mostly: of a million images, few are looked up.
  let [folder, count] = ['', 0];
  const put = (): void => {
    if (count > 0) counts.set(folder, (counts.get(folder) ?? 0) + count);
  };
  for (const name of names) {
    const end = name.lastIndexOf('/');
    if (Math.max(0, end) !== folder.length || (end >= 0 && !name.startsWith(folder))) {
      put();
      [folder, count] = [name.slice(0, Math.max(0, end)), 0];
    }
    count++;
  }
  put();
  return counts;
}

/** @param names of images, relative to the root, with `/` */
export function topOf(names: Iterable<string>): Top {
  let loose = 0;
  let firstLoose: string | undefined;
  const folders = new Map<string, { name: string; images: number; loose: number; folders: Set<string> }>();
  const noted = function* (): Iterable<string> {
    for (const name of names) {
      if (firstLoose === undefined && !name.includes('/')) firstLoose = name;
      yield name;
    }
  };
  for (const [path, count] of countsByFolder(noted())) {
    const [key = '', below] = path.split('/', 2);
    if (key === '') {
      loose += count;
      continue;
    }
    const folder = folders.get(key) ?? { name: key, images: 0, loose: 0, folders: new Set() };
    folders.set(key, folder);
    folder.images += count;
    if (below === undefined) folder.loose += count;
    else folder.folders.add(below);
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
