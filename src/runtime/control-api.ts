import path from 'node:path';
import { controlSocketPath, instanceDir } from '../../config/runtime-dir.ts';
import type { Config } from '../../config/schema.ts';
import { AuditFile } from '../scaling/management/audit-file.ts';
import type { ManagementServices } from '../scaling/management/services.ts';
import { ScalingServer } from '../scaling/scaling-server.ts';
import type { Journal } from './journal.ts';
import { makeOwnDirectory } from './own-directory.ts';

/** The control API where an instance offers it, with the audit log of what is asked there. */
export class ControlApi {
  readonly #config: Config;
  readonly #directory: string;
  readonly #name: string;
  readonly #journal: Journal;
  readonly #audit: AuditFile;
  readonly #server: ScalingServer;

  constructor(options: {
    readonly config: Config;
    /** Of all instances: the runtime directory. */
    readonly directory: string;
    readonly name: string;
    readonly journal: Journal;
    readonly services: Omit<ManagementServices, 'config' | 'audit'>;
  }) {
    const { config, directory, name, journal, services } = options;
    this.#config = config;
    this.#directory = directory;
    this.#name = name;
    this.#journal = journal;
    const auditFile = config.auditLogFile || path.join(instanceDir(directory, name), 'audit.log');
    this.#audit = new AuditFile(auditFile, (error) =>
      journal.write('error', `the audit log can't be written: ${error.message}`),
    );
    this.#server = new ScalingServer({ ...services, config, audit: this.#audit }, { onError: journal.onError });
  }

  /**
   * Listens on the instance's socket and on TCP.
   * @returns its URL
   * @throws ManagementListenError, ManagementTokensRequiredError
   */
  async open(): Promise<string> {
    const { managementHost, managementPort } = this.#config;
    makeOwnDirectory(instanceDir(this.#directory, this.#name), this.#directory);
    await this.#server.listenSocket(controlSocketPath(this.#directory, this.#name));
    const { url } = await this.#server.listenTcp(managementHost, managementPort);
    this.#journal.write('info', `control API and dashboard on ${url}`, { controlUrl: url });
    this.noteAudit();
    return url;
  }

  close(deadlineMs: number): Promise<void> {
    return this.#server.close(deadlineMs);
  }

  /** The log often goes where nobody who can change the audit log can change it: there its hash proves its end. A terminal is no such place. */
  noteAudit(): void {
    const { head } = this.#audit;
    if (head === null || head.line === 0) return;
    const { line, hash } = head;
    const level = this.#journal.isHuman ? 'debug' : 'info';
    this.#journal.write(level, `audit log at line ${line}, hash ${hash}`, { auditLine: line, auditHash: hash });
  }
}
