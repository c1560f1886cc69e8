import { existsSync, readFileSync } from 'node:fs';
import { TesseraError, type Encoder } from '@tessera/core';
import { fromTorchLayout, restoreVariables, torchName, toTorchLayout } from '@tessera/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';
import { decodeSafetensors, encodeSafetensors, type HostTensor } from '../safetensors/format.ts';
import { toHost, toTensor } from '../safetensors/tensors.ts';
import { writeAtomically } from './files.ts';

/**
 * Writes the encoder as PyTorch knows it: torchvision's and timm's names (no scope), convolutions OIHW, linear weights [out, in], float32.
 * In PyTorch: `model.load_state_dict(safetensors.torch.load_file(path), strict=False)`.
 */
export function saveEncoder(path: string, encoder: Encoder, metadata: Readonly<Record<string, string>>): void {
  const tensors: Record<string, HostTensor> = {};
  for (const { name, variable } of [...encoder.variables(), ...encoder.buffers()]) {
    const exported = toTorchLayout(name, variable);
    tensors[torchName(name)] = toHost(exported);
    exported.dispose();
  }
  writeAtomically(path, encodeSafetensors({ tensors, metadata: { format: 'pt', ...metadata } }));
}

/**
 * Reads what {@link saveEncoder} wrote back into an encoder of the same architecture.
 * @throws TesseraError `E_ENCODER_MISSING`, `E_SAFETENSORS_INVALID`, `E_STATE_MISMATCH`
 */
export function loadEncoder(path: string, encoder: Encoder): void {
  if (!existsSync(path)) {
    throw new TesseraError({
      code: 'E_ENCODER_MISSING',
      message: `there is no encoder at '${path}'`,
      next: 'The run wrote none yet: continue it with `tessera pretrain --resume RUN`.',
    });
  }
  const { tensors } = decodeSafetensors(readFileSync(path), path);
  const named = [...encoder.variables(), ...encoder.buffers()];
  const ownNames = new Map(named.map(({ name }) => [torchName(name), name]));
  tf.tidy(() => {
    const values = Object.entries(tensors).map(([name, tensor]): [string, Tensor] => [
      ownNames.get(name) ?? name,
      fromTorchLayout(name, toTensor(tensor)),
    ]);
    restoreVariables('encoder', named, Object.fromEntries(values));
  });
}
