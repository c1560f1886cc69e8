/** What a kernel may make in JavaScript: at the end of its heap V8 ends the process, and nobody can catch that. */
import { TorchBackendError } from './errors.ts';

/** Elements of a list that JavaScript makes for the addon. */
const MOST_LISTED = 1 << 24;

/** `count` if a list of that many numbers can be made; V8 ends the process where one cannot. */
export function listable(count: number): number {
  if (Number.isInteger(count) && count >= 0 && count <= MOST_LISTED) return count;
  throw new TorchBackendError(
    count > MOST_LISTED ? 'TORCH_OUT_OF_MEMORY' : 'TORCH_BAD_ARGUMENT',
    `a size of ${String(count)}; expected 0 to ${String(MOST_LISTED)} here`,
  );
}

/** Tensors that one call makes: each costs about a kilobyte, half of it in JavaScript's heap, at whose end V8 ends the process. */
const MOST_TENSORS = 1 << 18;

/** `count` if one call may make that many tensors. */
export const tensorCount = (count: number): number => counted(count, MOST_TENSORS, 'tensors');

/** Strings that one call makes: each costs some two hundred bytes of the same heap. */
const MOST_STRINGS = 1 << 22;

/** `count` if one call may make that many strings. */
export const stringCount = (count: number): number => counted(count, MOST_STRINGS, 'strings');

function counted(count: number, most: number, what: string): number {
  if (count <= most) return count;
  throw new TorchBackendError('TORCH_OUT_OF_MEMORY', `${count} ${what} from one call; at most ${most} are made`);
}

/** `shape` if its sizes can be counted. Those of numbers are checked by libtorch, which strings never reach. */
export function countable(shape: readonly number[]): readonly number[] {
  if (shape.every((size) => Number.isSafeInteger(size) && size >= 0)) return shape;
  throw new TorchBackendError('TORCH_BAD_ARGUMENT', `[${String(shape)}] is not a shape`);
}
