// Builds the addon that decodes JPEG files, where the system has libjpeg-turbo.
const builder = new URL('../../libs/data/scripts/build-jpeg.mjs', import.meta.url);

/**
 * @param {{ env?: NodeJS.ProcessEnv, force?: boolean }} [options]
 * @returns {Promise<string>} the one line to show; never rejects: without it, sharp decodes the same pixels
 */
export async function installJpeg({ env = process.env, force = false } = {}) {
  if (['off', '0', 'false', 'no'].includes((env.TESSERA_JPEG ?? '').toLowerCase()))
    return 'JPEG decoder skipped (TESSERA_JPEG=off); to build it later: npm run build:jpeg';
  try {
    const { buildJpeg } = await import(builder.href);
    const { version, built } = await buildJpeg({ force, env });
    return `JPEG decoder ${built ? 'built' : 'is up to date'} (libjpeg-turbo ${version})`;
  } catch (error) {
    const what = (error instanceof Error ? error.message : String(error)).replace(/\s+/g, ' ');
    return `JPEG decoder not built: ${what}. To try again: npm run build:jpeg. Until then sharp decodes, at about half the speed.`;
  }
}
