import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';

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

/** Both in PEM. */
export interface CertificateFiles {
  /** The certificate with its chain. */
  readonly certFile: string;
  readonly keyFile: string;
}

interface Loaded {
  readonly options: SecureContextOptions;
  readonly context: SecureContext;
}

/** A certificate and its key, read again when their files have changed; who has connected keeps what was in force then. */
export class Certificate {
  readonly files: CertificateFiles;
  #version: string;
  #loaded: Loaded;

  /** @throws Error for files that are not there, or no certificate and its key: it says what is wrong with them */
  constructor(files: CertificateFiles) {
    this.files = files;
    this.#version = versionOf(files);
    this.#loaded = read(files);
  }

  /** For a server's `setSecureContext`. */
  get options(): SecureContextOptions {
    return this.#loaded.options;
  }

  get context(): SecureContext {
    return this.#loaded.context;
  }

  /** The host names it is for, lower case, with wildcards as they stand there; those of its subject if it has no others. */
  get names(): readonly string[] {
    const { subjectAltName = '', subject } = new X509Certificate(this.#loaded.options.cert as Buffer);
    const names = [...subjectAltName.matchAll(/(?:^|, )DNS:([^,"]+)/g)].map(([, name]) =>
      (name as string).toLowerCase(),
    );
    if (names.length > 0) return names;
    const common = /^CN=(.+)$/m.exec(subject)?.[1];
    return common === undefined ? [] : [common.toLowerCase()];
  }

  /**
   * Looks whether the files have changed. What cannot be used yet, such as a new certificate whose key is still to be written, is tried
   * again next time; until then the old one serves.
   * @returns true when a new one is in force
   * @throws Error that says what is wrong with the new files
   */
  renew(): boolean {
    const version = versionOf(this.files);
    if (version === this.#version) return false;
    this.#loaded = read(this.files);
    this.#version = version;
    return true;
  }
}

function read({ certFile, keyFile }: CertificateFiles): Loaded {
  const options = {
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS,
  } as const;
  return { options, context: createSecureContext(options) };
}

function versionOf({ certFile, keyFile }: CertificateFiles): string {
  return [certFile, keyFile]
    .map((file) => statSync(file, { bigint: true }))
    .map(({ mtimeNs, ino, size }) => `${mtimeNs} ${ino} ${size}`)
    .join(' ');
}
