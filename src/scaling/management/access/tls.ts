/** The certificate of the control port, read anew when its files change. */
import type { SecureContextOptions } from 'node:tls';
import type { Config } from '../../../../config/schema.ts';
import { Certificate } from '../../tls/certificate.ts';
import { AccessConfigError } from './access-config-error.ts';

/** How often, at most, the files are looked at; only while somebody connects. */
const CHECK_MS = 60_000;

export class ControlCertificate {
  readonly #certificate: Certificate;
  #checkedAtMs: number;

  private constructor(certificate: Certificate, nowMs: number) {
    this.#certificate = certificate;
    this.#checkedAtMs = nowMs;
  }

  /**
   * Reads certificate and key; null when none are configured.
   * @throws AccessConfigError when they can't be read, or do not belong together
   */
  static load(
    config: Pick<Config, 'managementTlsCertFile' | 'managementTlsKeyFile'>,
    nowMs: number,
  ): ControlCertificate | null {
    const { managementTlsCertFile: certFile, managementTlsKeyFile: keyFile } = config;
    if (certFile === '') return null;
    return new ControlCertificate(
      usable(() => new Certificate({ certFile, keyFile })),
      nowMs,
    );
  }

  get options(): SecureContextOptions {
    return this.#certificate.options;
  }

  /**
   * What changed since the last look; undefined when nothing did.
   * @throws AccessConfigError when the new files can't be used; the old ones stay in use
   */
  renewed(nowMs: number): SecureContextOptions | undefined {
    if (nowMs - this.#checkedAtMs < CHECK_MS) return undefined;
    this.#checkedAtMs = nowMs;
    return usable(() => this.#certificate.renew()) ? this.#certificate.options : undefined;
  }
}

function usable<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    const files = 'MANAGEMENT_TLS_CERT_FILE and MANAGEMENT_TLS_KEY_FILE';
    throw new AccessConfigError(
      `${files} can't be used: ${(error as Error).message}; give a PEM certificate chain and its key`,
    );
  }
}
