/** How the workers' memory grows, as the control API of a running instance judges it. */
import { formatByteSize } from '../../config/byte-size.ts';
import { formatDuration } from '../../config/duration.ts';
import { ApiError, type ControlClient } from './control-client.ts';
import type { MemoryTrend } from './top/model.ts';

/** None from an instance of a version that does not tell. */
export async function memoryTrends(client: ControlClient): Promise<readonly MemoryTrend[]> {
  try {
    const { workers } = Object(await client.get('/cluster/memory')) as { readonly workers?: readonly MemoryTrend[] };
    return workers ?? [];
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return [];
    throw error;
  }
}

/** `+12 MiB/h`; `-` where it is not known, or goes up and down. */
export function growth(trend: MemoryTrend | undefined): string {
  if (trend?.bytesPerHour == null) return '-';
  const size = formatByteSize(Math.round(Math.abs(trend.bytesPerHour)));
  return `${trend.bytesPerHour < 0 ? '-' : '+'}${size}/h`;
}

/** `4h 10m`; `-` where no limit is going to be reached. */
export function untilLimit(trend: MemoryTrend | undefined): string {
  return trend?.limitInMs == null ? '-' : formatDuration(trend.limitInMs);
}

/** Those that will reach their limit, the first one first, a sentence each. */
export function memorySentences(trends: readonly MemoryTrend[]): readonly string[] {
  return trends
    .filter(({ limitInMs }) => limitInMs !== null)
    .sort((a, b) => Number(a.limitInMs) - Number(b.limitInMs))
    .map((trend) => `w${trend.id} grows by ${growth(trend).slice(1)}, and is recycled in ${untilLimit(trend)}`);
}
