import type { ActiveJob } from '../job.ts';
import { HandlerThread } from './handler-thread.ts';
import type { ThreadSettings } from './messages.ts';

/** After so long without a job a thread is ended: an idle one costs some 10 MB. */
const IDLE_MS = 60_000;

/** Threads for one handler: started when a job needs one, used again, and as many as run jobs at a time. */
export class ThreadPool {
  readonly #settings: ThreadSettings;
  /** The one used last is last, and used next: so the others can get old. */
  readonly #idle: { readonly thread: HandlerThread; readonly timer: NodeJS.Timeout }[] = [];
  readonly #busy = new Set<HandlerThread>();
  #closed = false;

  constructor(settings: ThreadSettings) {
    this.#settings = settings;
  }

  get size(): number {
    return this.#idle.length + this.#busy.size;
  }

  async run(job: ActiveJob): Promise<unknown> {
    const thread = this.#take();
    this.#busy.add(thread);
    try {
      return await thread.run(job);
    } finally {
      this.#busy.delete(thread);
      this.#giveBack(thread);
    }
  }

  /** Ends all threads, whatever they do. */
  async close(): Promise<void> {
    this.#closed = true;
    const threads = [...this.#busy, ...this.#idle.map(({ thread }) => thread)];
    for (const { timer } of this.#idle.splice(0)) clearTimeout(timer);
    await Promise.all(threads.map((thread) => thread.end()));
  }

  #take(): HandlerThread {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      clearTimeout(idle.timer);
      if (idle.thread.alive) return idle.thread;
    }
    return new HandlerThread(this.#settings);
  }

  #giveBack(thread: HandlerThread): void {
    if (!thread.alive) return;
    if (this.#closed) return void thread.end();
    const timer = setTimeout(() => {
      this.#idle.splice(
        this.#idle.findIndex((idle) => idle.thread === thread),
        1,
      );
      void thread.end();
    }, IDLE_MS);
    timer.unref();
    this.#idle.push({ thread, timer });
  }
}
