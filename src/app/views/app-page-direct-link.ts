/**
 * Source of the page's direct connection to the partner's page: a data channel, and voice and video when somebody calls. Signalling goes
 * through the server, and follows "perfect negotiation" (WebRTC 1.0, section 10.7): when both offer at once, the polite side yields.
 */
export const APP_PAGE_DIRECT_LINK = `
class DirectLink {
  #signal;
  #onState;
  #onStream;
  #connection = null;
  #channel = null;
  #attempt = null;
  #polite = true;
  #retries = 0;
  #timer = null;
  #stream = null;
  #work = Promise.resolve();

  /** signal(kind, data) sends to the partner; onState hears {kind: 'off' | 'connecting' | 'open' | 'failed', ms}; onStream a MediaStream or null. */
  constructor({ signal, onState, onStream }) {
    this.#signal = signal;
    this.#onState = onState;
    this.#onStream = onStream;
  }

  get isOpen() { return this.#channel?.readyState === 'open'; }

  /** A new partner. The polite side waits for the other's offer. */
  expect(polite) {
    this.close();
    this.#polite = polite;
    this.#retries = 0;
    this.#onState({ kind: 'connecting' });
  }

  /** Offers a connection. */
  offer() {
    this.#replace(crypto.randomUUID());
    this.#addChannel();
    this.#watch();
  }

  /** One at a time, in the order they came. */
  receive(kind, data) {
    this.#work = this.#work.then(() => this.#take(kind, data)).catch((error) => this.#fail(error));
  }

  /** Sends this stream to the partner, null: no longer any. */
  send(stream) {
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = stream;
    for (const sender of this.#connection?.getSenders() ?? []) if (sender.track !== null) this.#connection.removeTrack(sender);
    this.#addTracks();
  }

  close() {
    clearTimeout(this.#timer);
    this.#connection?.close();
    this.#connection = null;
    this.#channel = null;
    this.#attempt = null;
    this.#onState({ kind: 'off' });
    this.#onStream(null);
  }

  async #take(kind, data) {
    if (kind === 'offer' && data.attempt !== this.#attempt) {
      if (!this.#polite && this.#connection?.signalingState === 'have-local-offer') {
        // The other side may never have had ours, as its page was just loading; with what was found since, it has all it needs.
        this.#signal('offer', { attempt: this.#attempt, sdp: this.#connection.localDescription.sdp });
        return;
      }
      this.#replace(data.attempt);
      this.#watch();
    }
    const connection = this.#connection;
    if (connection === null || data.attempt !== this.#attempt) return;
    if (kind === 'offer') {
      if (!this.#polite && connection.signalingState !== 'stable') return;
      await connection.setRemoteDescription({ type: 'offer', sdp: data.sdp });
      // Only now: a channel before the offer would have made an offer of our own necessary.
      if (this.#channel === null) this.#addChannel();
      await connection.setLocalDescription();
      this.#signal('answer', { attempt: this.#attempt, sdp: connection.localDescription.sdp });
    } else if (kind === 'answer') {
      if (connection.signalingState !== 'have-local-offer') return;
      await connection.setRemoteDescription({ type: 'answer', sdp: data.sdp });
    } else if (connection.remoteDescription !== null) {
      await connection.addIceCandidate(data.candidate);
    }
  }

  #replace(attempt) {
    this.#connection?.close();
    // Pages on different networks need a STUN or TURN server here; on one network the addresses of the two will do.
    const connection = new RTCPeerConnection({ iceServers: [] });
    const current = () => connection === this.#connection;
    this.#connection = connection;
    this.#channel = null;
    this.#attempt = attempt;
    connection.onicecandidate = ({ candidate }) => {
      if (current() && candidate !== null) this.#signal('candidate', { attempt, candidate: candidate.toJSON() });
    };
    connection.onnegotiationneeded = async () => {
      try {
        await connection.setLocalDescription();
        if (current() && connection.localDescription.type === 'offer') this.#signal('offer', { attempt, sdp: connection.localDescription.sdp });
      } catch (error) {
        if (current()) this.#fail(error);
      }
    };
    connection.ontrack = ({ streams: [stream] }) => {
      if (stream === undefined) return;
      stream.onremovetrack = () => { if (current() && stream.getTracks().length === 0) this.#onStream(null); };
      this.#onStream(stream);
    };
    connection.onconnectionstatechange = () => {
      if (current() && connection.connectionState === 'failed') this.#fail(new Error('no way to the partner was found'));
    };
  }

  #addChannel() {
    const channel = this.#connection.createDataChannel('ping', { negotiated: true, id: 0 });
    this.#channel = channel;
    channel.onopen = () => {
      clearTimeout(this.#timer);
      this.#retries = 0;
      this.#ping(channel);
    };
    channel.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (message.ping !== undefined) channel.send(JSON.stringify({ pong: message.ping }));
      else this.#onState({ kind: 'open', ms: performance.now() - message.pong });
    };
    channel.onclose = () => { if (channel === this.#channel) this.#onState({ kind: 'failed' }); };
    this.#addTracks();
  }

  #addTracks() {
    if (this.#connection === null || this.#stream === null) return;
    for (const track of this.#stream.getTracks()) this.#connection.addTrack(track, this.#stream);
  }

  #ping(channel) {
    if (channel !== this.#channel || channel.readyState !== 'open') return;
    channel.send(JSON.stringify({ ping: performance.now() }));
    setTimeout(() => this.#ping(channel), 2000);
  }

  /** Signals can be lost: after 8 s without a connection the side that is not polite offers once more, three times in all. */
  #watch() {
    clearTimeout(this.#timer);
    this.#onState({ kind: 'connecting' });
    this.#timer = setTimeout(() => { if (!this.isOpen) this.#fail(new Error('no answer')); }, 8000);
  }

  #fail(error) {
    clearTimeout(this.#timer);
    this.#onState({ kind: 'failed', reason: error.message });
    if (this.#polite || this.#retries >= 3) return;
    this.#retries += 1;
    this.#timer = setTimeout(() => this.offer(), 1000 * this.#retries);
  }
}
`;
