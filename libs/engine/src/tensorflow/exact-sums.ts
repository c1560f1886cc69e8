/** `withExactSums` on libtensorflow: the same ops on float64, between two casts. */
import type { Tensor, TensorInfo } from '@tensorflow/tfjs-core';

interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

interface Output {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: number;
}

/** What is used of tfjs-node's backend. */
interface TfjsNodeBackend {
  readonly binding: {
    readonly TF_ATTR_TYPE: number;
    readonly TF_ATTR_BOOL: number;
    readonly TF_FLOAT: number;
    executeOp(op: string, attributes: readonly OpAttribute[], inputIds: readonly number[], outputs: number): Output[];
    deleteTensor(id: number): void;
  };
  exactSums?: boolean;
  getInputTensorIds(inputs: readonly TensorInfo[]): number[];
  createOutputTensor(output: Output): Tensor;
  executeSingleOutput(op: string, attributes: readonly OpAttribute[], inputs: readonly TensorInfo[]): Tensor;
}

/** TF_DOUBLE of tensorflow/c/tf_datatype.h; tfjs-node has no name for it. */
const TF_DOUBLE = 2;

const sums: ReadonlySet<string> = new Set([
  'BatchMatMul',
  'BatchMatMulV2',
  'MatMul',
  'Conv2D',
  'Conv2DBackpropFilter',
  'Conv2DBackpropInput',
]);

/** Gives tfjs-node's backend the switch of `withExactSums`, off. Idempotent. */
export function offerExactSums(backend: object): void {
  if ('exactSums' in backend) return;
  const node = backend as TfjsNodeBackend;
  const plain = node.executeSingleOutput.bind(node);
  node.exactSums = false;
  node.executeSingleOutput = (op, attributes, inputs) =>
    node.exactSums === true && sums.has(op) && attributes.some(isFloat(node))
      ? inFloat64(node, op, attributes, inputs)
      : plain(op, attributes, inputs);
}

const isFloat =
  ({ binding }: TfjsNodeBackend) =>
  ({ name, value }: OpAttribute): boolean =>
    name === 'T' && value === binding.TF_FLOAT;

function inFloat64(
  node: TfjsNodeBackend,
  op: string,
  attributes: readonly OpAttribute[],
  inputs: readonly TensorInfo[],
): Tensor {
  const { binding } = node;
  const made: number[] = [];
  const keep = (output: Output | undefined): number => {
    if (!output) throw new Error(`libtensorflow gave no result of ${op}`);
    made.push(output.id);
    return output.id;
  };
  const cast = (id: number, from: number, to: number): Output | undefined =>
    binding.executeOp(
      'Cast',
      [
        { name: 'SrcT', type: binding.TF_ATTR_TYPE, value: from },
        { name: 'DstT', type: binding.TF_ATTR_TYPE, value: to },
        { name: 'Truncate', type: binding.TF_ATTR_BOOL, value: false },
      ],
      [id],
      1,
    )[0];
  try {
    const ids = node
      .getInputTensorIds(inputs)
      .map((id, i) => (inputs[i]?.dtype === 'float32' ? keep(cast(id, binding.TF_FLOAT, TF_DOUBLE)) : id));
    const doubled = attributes.map((attribute) =>
      isFloat(node)(attribute) ? { ...attribute, value: TF_DOUBLE } : attribute,
    );
    const result = cast(keep(binding.executeOp(op, doubled, ids, 1)[0]), TF_DOUBLE, binding.TF_FLOAT);
    if (!result) throw new Error(`libtensorflow gave no result of ${op}`);
    return node.createOutputTensor(result);
  } finally {
    for (const id of made) binding.deleteTensor(id);
  }
}
