/** The certificate of the control port, read anew when its files change. */
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import type { Config } from '../../../../config/schema.ts';
import { AccessConfigError } from './access-config-error.ts';

/** How often, at most, the files are looked at; only while somebody connects. */
const CHECK_MS = 60_000;

export class Certificate {
  readonly #certFile: string;
  readonly #keyFile: string;
  #version: string;
  #checkedAtMs: number;
  #options: SecureContextOptions;

  private constructor(certFile: string, keyFile: string, nowMs: number) {
    this.#certFile = certFile;
    this.#keyFile = keyFile;
    this.#checkedAtMs = nowMs;
    this.#version = this.#stat();
    this.#options = this.#read();
  }

  /**
   * Reads certificate and key; null when none are configured.
   * @throws AccessConfigError when they can't be read, or do not belong together
   */
  static load(
    config: Pick<Config, 'managementTlsCertFile' | 'managementTlsKeyFile'>,
    nowMs: number,
  ): Certificate | null {
    const { managementTlsCertFile: certFile, managementTlsKeyFile: keyFile } = config;
    return certFile === '' ? null : new Certificate(certFile, keyFile, nowMs);
  }

  get options(): SecureContextOptions {
    return this.#options;
  }

  /**
   * What changed since the last look; undefined when nothing did.
   * @throws AccessConfigError when the new files can't be used; the old ones stay in use
   */
  renewed(nowMs: number): SecureContextOptions | undefined {
    if (nowMs - this.#checkedAtMs < CHECK_MS) return undefined;
    this.#checkedAtMs = nowMs;
    const version = this.#stat();
    if (version === this.#version) return undefined;
    this.#options = this.#read();
    this.#version = version;
    return this.#options;
  }

  #stat(): string {
    try {
      return [this.#certFile, this.#keyFile].map((file) => `${statSync(file).mtimeMs} ${statSync(file).ino}`).join();
    } catch (error) {
      throw new AccessConfigError(`The certificate of the control port can't be read: ${(error as Error).message}`);
    }
  }

  #read(): SecureContextOptions {
    const options = { minVersion: 'TLSv1.2' } as const;
    try {
      const read = { ...options, cert: readFileSync(this.#certFile), key: readFileSync(this.#keyFile) };
      createSecureContext(read);
      return read;
    } catch (error) {
      const files = 'MANAGEMENT_TLS_CERT_FILE and MANAGEMENT_TLS_KEY_FILE';
      throw new AccessConfigError(
        `${files} can't be used: ${(error as Error).message}; give a PEM certificate chain and its key`,
      );
    }
  }
}
