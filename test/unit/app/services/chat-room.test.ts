import { expect } from 'chai';
import { type ChatConnection, ChatRoom, SLOW_READER_BYTES } from '../../../../src/app/services/chat-room.ts';

const worker = { slot: 0, id: 1, pid: 2 };

/** A member who keeps what it is sent. */
class RecordingConnection implements ChatConnection {
  readonly received: unknown[] = [];
  buffered = 0;
  dropped = 0;

  send(text: string): void {
    this.received.push(JSON.parse(text));
  }

  bufferedBytes(): number {
    return this.buffered;
  }

  dropSlowReader(): void {
    this.dropped += 1;
  }
}

describe('a chat room', () => {
  function roomOf(count: number): { room: ChatRoom; members: [RecordingConnection, ...RecordingConnection[]] } {
    const room = new ChatRoom(worker);
    const members = Array.from({ length: count }, () => new RecordingConnection());
    for (const member of members) room.join(member);
    for (const member of members) member.received.length = 0;
    return { room, members: members as [RecordingConnection, ...RecordingConnection[]] };
  }

  it('welcomes members, each under a name of its own', () => {
    const room = new ChatRoom(worker);
    const [first, second] = [new RecordingConnection(), new RecordingConnection()];
    room.join(first);
    room.join(second);
    expect(first.received).to.deep.equal([{ type: 'welcome', name: 'guest-1', members: 1, worker }]);
    expect(second.received).to.deep.equal([{ type: 'welcome', name: 'guest-2', members: 2, worker }]);
  });

  it('never gives a name twice', () => {
    const { room, members } = roomOf(1);
    room.leave(members[0]);
    const newcomer = new RecordingConnection();
    room.join(newcomer);
    expect(newcomer.received).to.deep.equal([{ type: 'welcome', name: 'guest-2', members: 1, worker }]);
  });

  it('sends an echo back to its sender alone', () => {
    const { room, members } = roomOf(2);
    room.receive(members[0], '{"type":"echo","data":[1,"two"]}');
    expect(members.map((member) => member.received)).to.deep.equal([[{ type: 'echo', data: [1, 'two'], worker }], []]);
  });

  it('passes a chat message to everybody, its sender included', () => {
    const { room, members } = roomOf(3);
    room.receive(members[0], '{"type":"chat","text":"hello"}');
    const message = { type: 'chat', from: 'guest-1', text: 'hello', members: 3, worker };
    expect(members.map((member) => member.received)).to.deep.equal([[message], [message], [message]]);
  });

  it('answers what it cannot read with an error, to the sender alone', () => {
    const { room, members } = roomOf(2);
    room.receive(members[0], 'hello?');
    expect(members[0].received).to.have.length(1);
    expect(members[0].received[0]).to.include({ type: 'error', code: 'BAD_JSON' });
    expect(members[1]?.received).to.deep.equal([]);
  });

  it('lets a member go who does not read, and serves the others', () => {
    const { room, members } = roomOf(2);
    members[0].buffered = SLOW_READER_BYTES + 1;
    room.receive(members[1] as RecordingConnection, '{"type":"chat","text":"hello"}');
    expect(members[0].received).to.deep.equal([]);
    expect(members[0].dropped).to.equal(1);
    expect(members[1]?.received).to.have.length(1);
    expect(room.size).to.equal(1);
  });

  it('lets a member go who asks for echoes and does not read them', () => {
    const { room, members } = roomOf(1);
    members[0].buffered = SLOW_READER_BYTES + 1;
    room.receive(members[0], '{"type":"echo","data":1}');
    room.receive(members[0], '{"type":"echo","data":2}');
    expect(members[0].dropped).to.equal(1);
    expect(room.size).to.equal(0);
  });
});
