import { createHash } from 'node:crypto';

/** A Lua script that Redis runs as one step; called by its hash, and sent whole to a node that doesn't know it yet. */
export class Script {
  /** For messages. */
  readonly name: string;
  readonly lua: string;
  readonly sha1: string;

  constructor(name: string, lua: string) {
    this.name = name;
    this.lua = lua;
    this.sha1 = createHash('sha1').update(lua).digest('hex');
  }
}
