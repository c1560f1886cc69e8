export { builtins } from './builtins.ts';
