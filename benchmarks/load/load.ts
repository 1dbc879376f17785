/** What a generator counted. */
export interface LoadResult {
  readonly requests: number;
  readonly seconds: number;
  /** Answers other than 2xx, and connections that failed. */
  readonly errors: number;
}

export interface Load {
  /** What sends it, with its version. */
  readonly generator: string;
  run(port: number, seconds: number): Promise<LoadResult>;
}

/** Connections at the same time, in every load. */
export const CONNECTIONS = 64;
