/** The audit log's chain, for the command line, which reaches the control API's parts through the runtime only. */
export { verifyChain } from '../scaling/management/access/audit-chain.ts';
