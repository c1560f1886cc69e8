import { showPath } from '../files/show-path.ts';
import { countedFolders, type Top } from './top-folders.ts';
import { looseText } from './choose-splits.ts';

/** The ways to take a folder. */
export type Layout = 'auto' | 'folders' | 'flat';

/**
 * What is doubtful in taking a folder's folders for classes: images in no folder are left out, or all are of one class because the
 * folder holds the one that holds the classes.
 * @param advice how to start one folder further down; none: not asked
 */
export function classFindings(top: Top, layout: Layout, advice?: (folder: string) => string): string[] {
  const classes = [...top.folders.values()];
  const [only] = classes;
  if (layout === 'flat' || !only) return [];
  const findings: string[] = [];
  if (top.loose > 0 && layout === 'auto') {
    findings.push(
      `${looseText(top.loose)} ${top.loose === 1 ? 'is' : 'are'} left out, the first '${showPath(top.firstLoose ?? '')}', beside ${countedFolders(classes)} (to take all without labels, set data.options.layout=flat; to keep it so, data.options.layout=folders)`,
    );
  }
  if (advice && classes.length === 1 && only.loose === 0) {
    findings.push(
      `all ${String(only.images)} images are in folders of one folder, '${only.name}', and so of one class; if that folder holds the class folders, ${advice(only.name)}`,
    );
  }
  return findings;
}
