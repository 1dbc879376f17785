import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { GatewayOptionError } from '../errors.ts';
import type { TlsOptions } from '../options.ts';

/** Forward secrecy and authenticated encryption only; TLS 1.3 has nothing else. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

/** The certificate in force: read again when its files have changed, for those who connect from then on. */
export class Certificate {
  readonly #options: TlsOptions;
  #version: string;
  #context: SecureContext;

  /** @throws GatewayOptionError for files that are not there, or no certificate and its key */
  constructor(options: TlsOptions) {
    this.#options = options;
    try {
      this.#version = this.#versionOfFiles();
      this.#context = this.#read();
    } catch (error) {
      const { certFile, keyFile } = options;
      const allowed = `a certificate and its key in PEM (${(error as Error).message})`;
      throw new GatewayOptionError('tls', { certFile, keyFile }, allowed);
    }
  }

  get context(): SecureContext {
    return this.#context;
  }

  /**
   * Looks whether the files have changed. What cannot be used yet, such as a new certificate whose key is still to be written, is tried
   * again next time; until then the old one serves.
   * @returns true when a new one is in force
   * @throws Error that says what is wrong with the new files
   */
  renew(): boolean {
    const version = this.#versionOfFiles();
    if (version === this.#version) return false;
    this.#context = this.#read();
    this.#version = version;
    return true;
  }

  #read(): SecureContext {
    const [cert, key] = [readFileSync(this.#options.certFile), readFileSync(this.#options.keyFile)];
    return createSecureContext({ cert, key, minVersion: 'TLSv1.2', ciphers: CIPHERS });
  }

  #versionOfFiles(): string {
    return [this.#options.certFile, this.#options.keyFile]
      .map((file) => statSync(file, { bigint: true }))
      .map(({ mtimeNs, ino, size }) => `${mtimeNs} ${ino} ${size}`)
      .join(' ');
  }
}
