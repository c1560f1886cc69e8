/** Small runs for the tests of this room and of the app; not published. */
export { prepare } from './prepare.ts';
export { stepInput } from './step-input.ts';
export {
  folderRecipe,
  prepared,
  temporaryFolder,
  tinySimclr,
  tinySwav,
  writeImages,
  writeRecipe,
  writeText,
} from './tiny.ts';
