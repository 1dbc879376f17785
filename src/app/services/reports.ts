/** Reports, which are read far more often than they are written. */
import type { Cache } from 'tidegate/state';
import { InvalidFieldError, InvalidParameterError } from '../errors.ts';
import type { Report, ReportRepository } from '../repositories/report-repository.ts';
import { type Fields, textField } from './body-fields.ts';

export interface ReportList {
  readonly reports: readonly Report[];
  /** `load`: this very request read them from where they are kept; `cache`: it did not. */
  readonly cached: 'load' | 'cache';
}

const KIND = /^[a-z][a-z0-9-]{0,31}$/;
const KIND_ALLOWED = 'a word of 1 to 32 lower-case letters, digits and -, beginning with a letter';
const PERIOD = /^\d{4}-(?:0[1-9]|1[0-2])$/;
const PERIOD_ALLOWED = 'a month such as 2026-11';
const PAYLOAD_BYTES = 4_096;

export class ReportService {
  readonly #reports: ReportRepository;
  readonly #cache: Cache<readonly Report[]>;

  constructor(reports: ReportRepository, cache: Cache<readonly Report[]>) {
    this.#reports = reports;
    this.#cache = cache;
  }

  /** @throws InvalidParameterError */
  async newest(kind: string, period: unknown, limit: number): Promise<ReportList> {
    checkKind(kind);
    const month = period ?? new Date().toISOString().slice(0, 7);
    if (typeof month !== 'string' || !PERIOD.test(month)) {
      throw new InvalidParameterError('period', period, PERIOD_ALLOWED);
    }
    let loaded = false;
    const load = (): Promise<readonly Report[]> => {
      loaded = true;
      return this.#reports.newest(kind, month, limit);
    };
    const reports = await this.#cache.get(`${kind}:${month}:${limit}`, load, { tags: [tagOf(kind)] });
    return { reports, cached: loaded ? 'load' : 'cache' };
  }

  /** @throws InvalidParameterError, InvalidFieldError */
  async add(kind: string, fields: Fields): Promise<Report> {
    checkKind(kind);
    const period = textField(fields, 'period', PERIOD, PERIOD_ALLOWED);
    const { payload } = fields;
    const bytes = payload === undefined ? 0 : Buffer.byteLength(JSON.stringify(payload));
    if (bytes === 0 || bytes > PAYLOAD_BYTES) {
      throw new InvalidFieldError('payload', payload, `any JSON of up to ${PAYLOAD_BYTES} bytes`);
    }
    const report = await this.#reports.add({ kind, period, payload, createdAtMs: Date.now() });
    await this.#cache.invalidate({ tag: tagOf(kind) });
    return report;
  }
}

function checkKind(kind: string): void {
  if (!KIND.test(kind)) throw new InvalidParameterError('kind', kind, KIND_ALLOWED);
}

function tagOf(kind: string): string {
  return `kind:${kind}`;
}
