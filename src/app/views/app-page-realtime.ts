/** Source of the page's WebSocket connection, which comes back by itself when it is lost. */
export const APP_PAGE_REALTIME = `
class Realtime {
  #open;
  #onMessage;
  #onState;
  #socket = null;
  #timer = null;
  #attempt = 0;
  #wanted = false;
  #ready = false;

  /** open() makes the socket. onState hears {kind: 'connecting' | 'open' | 'lost', attempt, retryInMs, refused}; refused: it never was ready. */
  constructor({ open, onMessage, onState }) {
    this.#open = open;
    this.#onMessage = onMessage;
    this.#onState = onState;
  }

  start() {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#attempt = 0;
    this.#connect();
  }

  stop() {
    this.#wanted = false;
    clearTimeout(this.#timer);
    this.#socket?.close(1000);
    this.#socket = null;
    this.#ready = false;
  }

  /** Does not wait for the next attempt: the network is back. */
  retryNow() {
    if (!this.#wanted || this.#socket !== null) return;
    clearTimeout(this.#timer);
    this.#connect();
  }

  /** False: there is no connection that could take it. */
  send(message) {
    if (!this.#ready || this.#socket?.readyState !== 1) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  #connect() {
    this.#attempt += 1;
    this.#onState({ kind: 'connecting', attempt: this.#attempt });
    const socket = this.#open();
    this.#socket = socket;
    socket.onmessage = (event) => {
      if (socket !== this.#socket) return;
      const message = JSON.parse(event.data);
      if (message.type === 'ready') {
        this.#ready = true;
        this.#attempt = 0;
        this.#onState({ kind: 'open' });
      }
      this.#onMessage(message);
    };
    socket.onclose = () => {
      if (socket !== this.#socket) return;
      const refused = !this.#ready;
      this.#socket = null;
      this.#ready = false;
      // Doubling, and at random: pages that were on the same worker do not come back all at once.
      const retryInMs = Math.min(10000, 250 * 2 ** Math.min(this.#attempt, 6)) * (0.5 + Math.random() / 2);
      this.#timer = setTimeout(() => this.#connect(), retryInMs);
      this.#onState({ kind: 'lost', attempt: this.#attempt, retryInMs, refused });
    };
  }
}
`;
