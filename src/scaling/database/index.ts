/** `tidegate/database`: PostgreSQL with watched pools, replicas and migrations. */
export type { CallOptions } from './call-limits.ts';
export type { PoolStatus, QueryResult } from './connection-pool.ts';
export type { Database, DatabaseStatus, Queryable, ReadOptions, TransactionOptions } from './contract.ts';
export { createDatabase } from './database.ts';
export type { DatabaseOptions } from './database-options.ts';
export { DatabaseError, type DatabaseErrorCode, DatabaseSettingsError } from './errors.ts';
export { addMissingIndexes, type IndexDefinition, type IndexOutcome } from './indexes.ts';
export { type MigrationOptions, migrate } from './migrations.ts';
export type { PoolAlert } from './pool-monitor.ts';
export type { PressureLevel } from './pool-pressure.ts';
export type { ReplicaStatus } from './replica-set.ts';
export type { ServerParts } from './server-address.ts';
export { type DatabaseSettings, databaseSettings } from './settings.ts';
export type { Guard, Isolation } from './transaction.ts';
