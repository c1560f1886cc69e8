/** Class names compared as a reader would: in one Unicode form. On disk a name has either (macOS and old archives decompose). */
export function sameName(name: string): string {
  return name.normalize('NFC');
}

/** What is left of a name once that is gone which the eye passes over: capitals, spaces around it, ligatures, Unicode's forms. */
function looks(name: string): string {
  return name.normalize('NFKC').trim().toLowerCase();
}

/** Classes, and for each name that was found its label; -1 where it is none of them. */
export interface MatchedClasses {
  readonly classes: readonly string[];
  readonly labels: readonly number[];
}

/**
 * Labels of folders by their names.
 * @param found names as they are on disk, each once
 * @param given class names in label order; without, the classes are what was found, sorted
 */
export function matchClasses(found: readonly string[], given?: readonly string[]): MatchedClasses {
  const classes = given ?? [...new Set(found.map(sameName))].sort();
  const places = new Map(classes.map((name, place) => [sameName(name), place]));
  return { classes, labels: found.map((name) => places.get(sameName(name)) ?? -1) };
}

/** How a name that is none of the others may come to be wanted, for the end of a message: empty, or a half-sentence. */
export function likeness(name: string, names: Iterable<string>): string {
  for (const other of names)
    if (looks(other) === looks(name))
      return `; it differs from '${other}' in capitals, spaces or the kind of letters only`;
  return '';
}

/** A list of names for a message, in quotes, so that spaces show. */
export function listed(names: readonly string[], most = 10): string {
  const shown = names
    .slice(0, most)
    .map((name) => `'${name}'`)
    .join(', ');
  return names.length > most ? `${shown} and ${String(names.length - most)} more` : shown;
}

/** A warning where two classes look like one. */
export function alikeClasses(
  classes: readonly string[] = [],
): readonly { readonly code: string; readonly message: string }[] {
  const seen = new Map<string, string>();
  const pairs: string[] = [];
  for (const name of classes) {
    const other = seen.get(looks(name));
    if (other === undefined) seen.set(looks(name), name);
    else pairs.push(`'${other}' and '${name}'`);
  }
  if (pairs.length === 0) return [];
  return [
    {
      code: 'W_CLASSES_ALIKE',
      message: `${String(pairs.length)} pairs of classes differ in capitals, spaces or the kind of letters only, the first ${pairs[0] ?? ''}, and are classes of their own; rename one of each pair if they are the same`,
    },
  ];
}
