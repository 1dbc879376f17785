import type { Queryable } from 'tidegate/database';
import type { NewReport, Report, ReportRepository } from '../report-repository.ts';

interface Row {
  readonly id: string;
  readonly kind: string;
  readonly period: string;
  readonly payload: unknown;
  readonly created_at: Date;
}

export class PostgresReports implements ReportRepository {
  readonly #database: Queryable;

  constructor(database: Queryable) {
    this.#database = database;
  }

  async add(report: NewReport): Promise<Report> {
    const { kind, period, payload, createdAtMs } = report;
    // As text: the driver would take a JSON array for an array of PostgreSQL's.
    const values = [kind, period, JSON.stringify(payload), new Date(createdAtMs)];
    const { rows } = await this.#database.query<Pick<Row, 'id'>>(
      'INSERT INTO reports (kind, period, payload, created_at) VALUES ($1, $2, $3::jsonb, $4) RETURNING id',
      values,
    );
    return { ...report, id: (rows[0] as Row).id };
  }

  async newest(kind: string, period: string, limit: number): Promise<readonly Report[]> {
    const { rows } = await this.#database.read<Row>(
      `SELECT id, kind, period, payload, created_at FROM reports WHERE kind = $1 AND period = $2
       ORDER BY created_at DESC, id DESC LIMIT $3`,
      [kind, period, limit],
    );
    return rows.map(({ created_at, ...report }) => ({ ...report, createdAtMs: created_at.getTime() }));
  }
}
