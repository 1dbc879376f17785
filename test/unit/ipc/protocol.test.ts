import { expect } from 'chai';
import { HANDLE_COMMAND, isAgentMessage, isHandleMessage } from '../../../src/ipc/protocol.ts';

const NO_OBJECTS: readonly unknown[] = [null, undefined, 0, 1, '', 'ready', true, [], {}];

describe('messages between primary and workers', () => {
  it('with a descriptor are known by the command they ride under', () => {
    expect(isHandleMessage({ cmd: HANDLE_COMMAND, type: 'connection', key: 'k', moved: null })).to.equal(true);
    expect(isHandleMessage({ cmd: 'NODE_HANDLE', type: 'net.Native' })).to.equal(false);
    expect(isHandleMessage({ type: 'connection', key: 'k' })).to.equal(false);
    expect(isHandleMessage({ cmd: HANDLE_COMMAND })).to.equal(false);
  });

  it('with a descriptor stay out of the app’s message events, as Node keeps its own commands out', () => {
    expect(HANDLE_COMMAND).to.match(/^NODE_/);
  });

  it('of an agent are of one of its types', () => {
    for (const type of ['listen', 'listening', 'unlisten', 'ready', 'load', 'telemetry', 'state-needed', 'drained']) {
      expect(isAgentMessage({ type }), type).to.equal(true);
    }
    expect(isAgentMessage({ type: 'drain' })).to.equal(false);
    expect(isAgentMessage({ type: 'toString' })).to.equal(false);
  });

  it('are never taken for what is no object', () => {
    expect(NO_OBJECTS.filter(isHandleMessage)).to.deep.equal([]);
    expect(NO_OBJECTS.filter(isAgentMessage)).to.deep.equal([]);
  });
});
