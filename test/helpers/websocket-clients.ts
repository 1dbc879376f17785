import { WebSocket } from 'ws';

export interface WebSocketClose {
  readonly code: number;
  readonly atMs: number;
  readonly pid: number | null;
}

/** WebSockets that send a message every few ms, expect it back, and connect again whenever the server asks them to. */
export class WebSocketClients {
  readonly closes: WebSocketClose[] = [];
  readonly errors: string[] = [];
  echoed = 0;
  /** Echoes that did not come although the connection stayed open, or came out of order. */
  broken = 0;
  readonly #url: string;
  readonly #open = new Map<WebSocket, number | null>();
  #isStopping = false;

  constructor(port: number, count: number) {
    this.#url = `ws://127.0.0.1:${port}/`;
    for (let client = 0; client < count; client += 1) this.#connect();
  }

  /** Connections that have been greeted by a worker. */
  get greeted(): number {
    return [...this.#open.values()].filter((pid) => pid !== null).length;
  }

  /** Connections with each worker, by pid. */
  get byWorker(): ReadonlyMap<number, number> {
    const counts = new Map<number, number>();
    for (const pid of this.#open.values()) if (pid !== null) counts.set(pid, (counts.get(pid) ?? 0) + 1);
    return counts;
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    const closed = [...this.#open.keys()].map(
      (socket) =>
        new Promise<void>((resolve) => {
          socket.once('close', () => resolve());
          socket.close(1000);
        }),
    );
    await Promise.all(closed);
  }

  #connect(): void {
    const socket = new WebSocket(this.#url, { perMessageDeflate: false });
    this.#open.set(socket, null);
    let sent = 0;
    const sendNext = (): void => {
      if (socket.readyState !== WebSocket.OPEN) return;
      sent += 1;
      socket.send(`message ${sent}`);
    };
    socket.on('message', (data) => {
      const text = String(data);
      if (this.#open.get(socket) === null) {
        this.#open.set(socket, (JSON.parse(text) as { pid: number }).pid);
      } else if (text === `message ${sent}`) {
        this.echoed += 1;
      } else {
        this.broken += 1;
      }
      setTimeout(sendNext, 5);
    });
    socket.on('error', (error) => this.errors.push(error.message));
    socket.on('close', (code) => {
      const pid = this.#open.get(socket) ?? null;
      this.#open.delete(socket);
      if (this.#isStopping) return;
      this.closes.push({ code, atMs: Date.now(), pid });
      this.#connect();
    });
  }
}
