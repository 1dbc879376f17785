import type { Config } from '../../config/schema.ts';
import type { ScalingPolicy } from '../scaling/autoscale/policy.ts';
import { RecordingFile } from '../scaling/simulate/recording/recording-file.ts';
import type { LogLevel } from './logger.ts';

/** The recording that RECORD_FILE asks for; null: none. One that can't be written is one warning, and no reason not to serve. */
export function openRecording(
  { recordFile: file, recordMaxBytes: maxBytes }: Config,
  policy: ScalingPolicy,
  log: (level: LogLevel, message: string) => void,
): RecordingFile | null {
  if (file === '') return null;
  return new RecordingFile({
    file,
    maxBytes,
    policy,
    onTrouble: (error) =>
      error === null
        ? log('info', `RECORD_FILE: ${file} is written again`)
        : log('warn', `RECORD_FILE: ${file} can't be written: ${error.message}; it is tried again every minute`),
  });
}
