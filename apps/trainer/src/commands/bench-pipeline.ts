import { measurePipeline, type PipelineReport } from '../bench/measure-pipeline.ts';
import { profileTable } from '../bench/profile-table.ts';
import { parsePipelineFlags, type PipelineFlags } from '../bench/pipeline-options.ts';
import { prepare } from '../prepare.ts';
import { tellNotices } from '../reporters/tell-notices.ts';
import { memoryText } from '../reporters/text.ts';
import { definedOnly } from '@tessera/run/parts';

/** `tessera bench pipeline`. */
export async function benchPipelineCommand(flags: PipelineFlags): Promise<void> {
  const options = parsePipelineFlags(flags);
  const { data, engine, device, precision } = flags.values;
  const prepared = await prepare(flags.recipe, {
    ...definedOnly({ data, engine, device, precision }),
    set: flags.set,
  });
  tellNotices(prepared.notices);
  const report = await measurePipeline(prepared, options);
  process.stdout.write(flags.json ? `${JSON.stringify(report)}\n` : textOf(report));
}

function textOf(report: PipelineReport): string {
  const { engine, device, precision, batch, viewsPerImage, steps, rounds, slower } = report;
  const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
  const line = (name: string, rate: number, note = ''): string =>
    `${name.padEnd(22)} ${rate.toFixed(0).padStart(8)}${note === '' ? '' : `  ${note}`}`;
  return [
    `${engine} (${device}, ${precision}), ${batch} images a step in ${viewsPerImage} views each; median of ${rounds} times ${steps} steps`,
    `data: ${memoryText(report.memory)}`,
    `${''.padEnd(22)} images/s`,
    line('loader, first pass', report.firstPassImagesPerSecond, 'every image read and decoded'),
    line('loader', report.loaderImagesPerSecond),
    line('engine', report.engineImagesPerSecond),
    line(
      'together',
      report.imagesPerSecond,
      `${percent(report.ofSlower)} of the slower, the ${slower}; ${percent(report.waitShare)} of the time waiting for images`,
    ),
    `peak resident memory ${report.peakResidentMB.toFixed(0)} MB`,
    '',
    ...stagesTable(report),
    ...(report.profile ? ['', ...profileTable(report.profile)] : []),
    '',
  ].join('\n');
}

function stagesTable({ stages, augmentOn }: PipelineReport): readonly string[] {
  const line = (stage: string, milliseconds: number): string =>
    `${stage.padEnd(22)} ${milliseconds.toFixed(3).padStart(8)}`;
  const whole = stages.reduce((sum, { millisecondsPerImage }) => sum + millisecondsPerImage, 0);
  return [
    `${'loader, by op'.padEnd(22)} ms an image on one core${augmentOn === 'device' ? '; the ops after the crop run on the engine' : ''}`,
    ...stages.map(({ stage, millisecondsPerImage }) => line(stage, millisecondsPerImage)),
    line('all', whole),
  ];
}
