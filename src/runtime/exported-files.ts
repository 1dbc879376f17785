/** What the command line writes for other programs: the generators are the scaling's, which the command line reaches by the runtime only. */
export { composeFile } from '../scaling/export/compose.ts';
export { ExportError } from '../scaling/export/export-error.ts';
export { haproxyConfig } from '../scaling/export/haproxy.ts';
export { systemdSocketUnit, systemdUnit } from '../scaling/export/systemd.ts';
export { BALANCER_DEFAULTS, type BalancerTopology } from '../scaling/export/topology.ts';
