/**
 * Services and their routes, loaded behind the listening: they take longer to load than the rest of the app together with Express, and
 * requests that need none of it should not wait for it.
 */
import type { RequestHandler } from 'express';
import type { ServiceRoutes } from './routes/service-routes.ts';
import type { HealthReporter } from './services/health-report.ts';
import type { WorkerIdentity } from './services/worker-identity.ts';
import type { Services } from './services.ts';
import type { AppSettings } from './settings.ts';

export interface Opened extends ServiceRoutes {
  readonly services: Services;
}

export class LateServices {
  readonly #worker: WorkerIdentity;
  readonly #settings: AppSettings;
  readonly #reporter: HealthReporter;
  #opening: Promise<Opened> | null = null;
  #opened: Opened | null = null;

  constructor(worker: WorkerIdentity, settings: AppSettings, reporter: HealthReporter) {
    this.#worker = worker;
    this.#settings = settings;
    this.#reporter = reporter;
  }

  /** Null: nobody needed them yet, or they are still loading. */
  get opened(): Opened | null {
    return this.#opened;
  }

  /** Loads them at the first call. */
  open(): Promise<Opened> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  /** Their routes, to be mounted at `/api`. */
  readonly routes: RequestHandler = async (request, response, next) => {
    const { router } = this.#opened ?? (await this.open());
    router(request, response, next);
  };

  async close(): Promise<void> {
    if (this.#opening === null) return;
    const { services } = await this.#opening;
    await services.close();
  }

  async #open(): Promise<Opened> {
    const [{ createServices }, { serviceRoutes }] = await Promise.all([
      import('./services.ts'),
      import('./routes/service-routes.ts'),
    ]);
    const services = await createServices(this.#worker, this.#settings);
    this.#opened = { services, ...serviceRoutes(services, this.#worker, this.#reporter) };
    return this.#opened;
  }
}
