/** The files that the page is made of, as they are served: compiled next to this module, read once, compressed once. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { icon } from './brand.ts';
import { style } from './style.ts';

export interface Asset {
  readonly contentType: string;
  readonly text: string;
  readonly gzipped: Buffer;
  readonly etag: string;
}

const BROWSER_FOLDER = fileURLToPath(new URL('./browser/', import.meta.url));
/** Lines that are comments alone, the source map's among them: a third of the bytes, and nothing to a browser. */
const COMMENT_LINES = /^[ \t]*(?:\/\*\*[\s\S]*?\*\/|\/\/.*)[ \t]*(?:\n|$)/gm;

/** Made when somebody first opens the page. */
let assets: ReadonlyMap<string, Asset> | undefined;

/** By the name under `/dashboard/`. */
export function dashboardAssets(): ReadonlyMap<string, Asset> {
  assets ??= new Map([
    ['style.css', assetOf('text/css; charset=utf-8', style)],
    ['icon.svg', assetOf('image/svg+xml', icon)],
    ...browserFiles().map((file) => [file, scriptOf(file)] as const),
  ]);
  return assets;
}

/** Names of the page's scripts. */
export function browserFiles(): readonly string[] {
  return readdirSync(BROWSER_FOLDER).filter((file) => file.endsWith('.js'));
}

export function assetOf(contentType: string, text: string): Asset {
  const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
  return { contentType, text, gzipped: gzipSync(text, { level: 9 }), etag };
}

function scriptOf(file: string): Asset {
  const text = readFileSync(`${BROWSER_FOLDER}${file}`, 'utf8').replace(COMMENT_LINES, '');
  return assetOf('text/javascript; charset=utf-8', text);
}
