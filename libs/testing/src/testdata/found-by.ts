import type { MethodExtension } from '@tessera/core';
import { methodUnderTest, type MethodUnderTest } from '../method-under-test.ts';
import { plugins } from './strangers.ts';

/** What a finder says of a method that is right but for one thing; '' where it finds nothing. */
export async function foundBy(
  finder: (underTest: MethodUnderTest) => Promise<void>,
  extension: MethodExtension,
): Promise<string> {
  try {
    await finder(methodUnderTest(extension, { plugins }));
    return '';
  } catch (error) {
    return String(error);
  }
}
