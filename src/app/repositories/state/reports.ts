import type { NewReport, Report, ReportRepository } from '../report-repository.ts';
import { NewestList, type RecordState } from './newest-list.ts';

/** With payloads of 4 KiB at most, a list is written within 400 KiB. */
const MOST_REPORTS = 100;
const YEAR_MS = 365 * 86_400_000;

/** Reports without a database: the newest hundred of each kind and period, for a year. */
export class StateReports implements ReportRepository {
  readonly #lists: NewestList<Report>;

  constructor(state: RecordState) {
    this.#lists = new NewestList(state, { most: MOST_REPORTS, ttlMs: YEAR_MS });
  }

  add(report: NewReport): Promise<Report> {
    return this.#lists.add(keyOf(report.kind, report.period), (id) => ({ ...report, id }));
  }

  async newest(kind: string, period: string, limit: number): Promise<readonly Report[]> {
    return (await this.#lists.read(keyOf(kind, period))).slice(0, limit);
  }
}

function keyOf(kind: string, period: string): string {
  return `app:reports:${kind}:${period}`;
}
