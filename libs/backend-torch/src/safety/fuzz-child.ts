/** The process in which the property tests run their cases: one request, one answer. */
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { TorchBackend } from '../backend.ts';
import { TORCH_BACKEND_NAME } from '../kernel.ts';
import { registerTorchBackend } from '../register.ts';
import { AddonRunner } from './addon-runner.ts';
import { runCallCase } from './call-runner.ts';
import { runConvolution } from './convolutions/run-convolution.ts';
import type { Reply, Request } from './fuzz-case.ts';
import { runKernelCase } from './kernel-runner.ts';

const addon = process.env['FUZZ_ADDON'];
registerTorchBackend(addon === undefined ? {} : { addon });
await tf.setBackend(TORCH_BACKEND_NAME);
const backend = torchBackend();
const calls = new AddonRunner(backend.native);

function torchBackend(): TorchBackend {
  const found = tf.backend();
  if (found instanceof TorchBackend) return found;
  throw new Error('the torch backend did not start');
}

function reply(request: Request): Reply {
  switch (request.kind) {
    case 'kernels':
      return { kernels: tf.getKernelsForBackend(TORCH_BACKEND_NAME).map((kernel) => kernel.kernelName) };
    case 'signatures':
      return { signatures: calls.signatures() };
    case 'kernel':
      return runKernelCase(backend, request);
    case 'addon':
      return calls.run(request);
    case 'call':
      return runCallCase(backend, calls, request);
    case 'convolution':
      return runConvolution(backend, request);
  }
}

process.on('message', (request: Request) => {
  process.send?.(reply(request));
});
process.send?.({ result: 'started' });
process.on('disconnect', () => process.exit());
