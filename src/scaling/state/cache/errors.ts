/** The loader failed in another process, for which this one waited. The original error stays there; this is what is known of it. */
export class CacheLoadError extends Error {
  override readonly name = 'CacheLoadError';
  readonly code = 'CACHE_LOAD_FAILED';
  /** The original's `name`, `message` and, if it had one as text, `code`. */
  readonly loader: { readonly name: string; readonly message: string; readonly code?: string };

  constructor(key: string, loader: { readonly name: string; readonly message: string; readonly code?: string }) {
    super(`loading ${key} failed in another process: ${loader.message}`);
    this.loader = loader;
  }
}
