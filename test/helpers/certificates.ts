import { execFileSync } from 'node:child_process';
import path from 'node:path';

/**
 * Makes `name.crt` and `name.key` in `directory`: a certificate of its own, for these host names.
 * @throws Error with code ENOENT without openssl
 */
export function makeCertificate(
  directory: string,
  name: string,
  hosts: readonly string[],
): { certFile: string; keyFile: string } {
  const [certFile, keyFile] = [path.join(directory, `${name}.crt`), path.join(directory, `${name}.key`)];
  const names = hosts.map((host) => `DNS:${host}`).join(',');
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  const certificate = ['-x509', '-days', '2', '-subj', `/CN=${name}`, '-out', certFile];
  const extensions = names === '' ? [] : ['-addext', `subjectAltName=${names}`];
  execFileSync('openssl', ['req', ...certificate, ...key, ...extensions], { stdio: 'ignore' });
  return { certFile, keyFile };
}
