/** Where reports are kept. */

export interface NewReport {
  /** What it is about, such as `usage`. */
  readonly kind: string;
  /** What time it covers, such as `2026-11`. */
  readonly period: string;
  /** JSON. */
  readonly payload: unknown;
  readonly createdAtMs: number;
}

export interface Report extends NewReport {
  readonly id: string;
}

export interface ReportRepository {
  add(report: NewReport): Promise<Report>;
  /** The newest of a kind and period, newest first. */
  newest(kind: string, period: string, limit: number): Promise<readonly Report[]>;
}
