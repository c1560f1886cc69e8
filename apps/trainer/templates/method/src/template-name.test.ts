import { lossesPlugin } from '@tessera/losses';
import { testMethod } from '@tessera/testing';
import { templateNameMethod } from './template-name.ts';

// What every method must hold to, on a tiny encoder and head of the kit: gradients, finite differences, no change before the commit,
// a state that round-trips, no leaks, and more. `plugins` has the objective that the method names in its defaults.
testMethod(templateNameMethod, { plugins: [lossesPlugin] });

// The same with crops of two sizes.
testMethod(templateNameMethod, {
  plugins: [lossesPlugin],
  views: [
    { count: 2, size: 8, channels: 3 },
    { count: 2, size: 6, channels: 3 },
  ],
});
