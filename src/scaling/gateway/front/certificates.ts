import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { SecureContext } from 'node:tls';
import { Certificate, type CertificateFiles } from '../../tls/certificate.ts';
import { ServerNames } from '../../tls/server-names.ts';
import { GatewayOptionError } from '../errors.ts';
import type { TlsOptions } from '../options.ts';

/** The certificates in force: one for everybody, and others for those who ask for the names they are for. */
export class Certificates {
  readonly #directory: string | undefined;
  readonly #default: Certificate;
  /** By the path of its certificate. */
  #others = new Map<string, Certificate>();
  #names = new ServerNames<Certificate>();
  /** What was wrong when it was looked at last. */
  #trouble = '';

  /** @throws GatewayOptionError for files that are not there, or no certificate and its key */
  constructor({ certFile, keyFile, certDir }: TlsOptions) {
    this.#directory = certDir;
    this.#default = demandCertificate({ certFile, keyFile }, 'tls');
    if (certDir === undefined) return;
    let pairs: CertificateFiles[];
    try {
      pairs = pairsIn(certDir);
    } catch (error) {
      throw new GatewayOptionError('tls.certDir', certDir, `a directory (${(error as Error).message})`);
    }
    for (const pair of pairs) this.#others.set(pair.certFile, demandCertificate(pair, 'tls.certDir'));
    this.#index();
  }

  /** For who asks for no name, or for one that none is for. */
  get context(): SecureContext {
    return this.#default.context;
  }

  /** There may be more than one: names have to be looked at. */
  get byName(): boolean {
    return this.#directory !== undefined;
  }

  contextFor(name: string): SecureContext {
    return (this.#names.get(name) ?? this.#default).context;
  }

  /**
   * Looks whether files have changed, come or gone. What cannot be used keeps nobody else from being renewed.
   * @returns true when what is in force has changed
   * @throws Error that says what is wrong with the new files, once for the same trouble; the old ones stay in force
   */
  renew(): boolean {
    const troubles: string[] = [];
    const changed = this.#renewOthers(troubles);
    if (changed) this.#index();
    const renewed = this.#attempt(this.#default.files, troubles, () => this.#default.renew()) ?? false;
    const trouble = troubles.join('; ');
    const isNew = trouble !== this.#trouble;
    this.#trouble = trouble;
    if (isNew && trouble !== '') throw new Error(trouble);
    return changed || renewed;
  }

  #renewOthers(troubles: string[]): boolean {
    if (this.#directory === undefined) return false;
    let pairs: CertificateFiles[];
    try {
      pairs = pairsIn(this.#directory);
    } catch (error) {
      troubles.push((error as Error).message);
      return false;
    }
    let changed = false;
    const others = new Map<string, Certificate>();
    for (const pair of pairs) {
      const known = this.#others.get(pair.certFile);
      const certificate = known ?? this.#attempt(pair, troubles, () => new Certificate(pair));
      if (certificate === undefined) continue;
      others.set(pair.certFile, certificate);
      if (known === undefined) changed = true;
      else if (this.#attempt(pair, troubles, () => known.renew()) === true) changed = true;
    }
    if (others.size !== this.#others.size) changed = true;
    this.#others = others;
    return changed;
  }

  #attempt<T>({ certFile, keyFile }: CertificateFiles, troubles: string[], act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      troubles.push(`${certFile} with ${keyFile}: ${(error as Error).message}`);
      return undefined;
    }
  }

  #index(): void {
    this.#names = new ServerNames();
    for (const certificate of this.#others.values()) {
      for (const name of certificate.names) this.#names.add(name, certificate);
    }
  }
}

/** Each `name.crt` with its `name.key`, in the order of their names. */
function pairsIn(directory: string): CertificateFiles[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith('.crt'))
    .sort()
    .map((file) => {
      const certFile = path.join(directory, file);
      return { certFile, keyFile: `${certFile.slice(0, -'.crt'.length)}.key` };
    });
}

function demandCertificate(files: CertificateFiles, option: string): Certificate {
  try {
    return new Certificate(files);
  } catch (error) {
    const allowed = `a certificate and its key in PEM (${(error as Error).message})`;
    throw new GatewayOptionError(option, files, allowed);
  }
}
