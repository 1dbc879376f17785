import { expect } from 'chai';
import {
  CHAT_TEXT_MAX_LENGTH,
  ChatMessageError,
  parseClientMessage,
} from '../../../../src/app/services/chat-protocol.ts';

describe('the chat protocol', () => {
  it('reads an echo with any data, null included', () => {
    expect(parseClientMessage('{"type":"echo","data":{"a":[1]}}')).to.deep.equal({ type: 'echo', data: { a: [1] } });
    expect(parseClientMessage('{"type":"echo","data":null}')).to.deep.equal({ type: 'echo', data: null });
  });

  it('reads a chat message, and takes no field it does not know', () => {
    const message = parseClientMessage('{"type":"chat","text":"hello","from":"somebody else"}');
    expect(message).to.deep.equal({ type: 'chat', text: 'hello' });
  });

  const refusals: [given: string, code: string][] = [
    ['', 'BAD_JSON'],
    ['{', 'BAD_JSON'],
    ['null', 'BAD_MESSAGE'],
    ['[]', 'BAD_MESSAGE'],
    ['"chat"', 'BAD_MESSAGE'],
    ['{}', 'UNKNOWN_TYPE'],
    ['{"type":"shout"}', 'UNKNOWN_TYPE'],
    ['{"type":"echo"}', 'BAD_MESSAGE'],
    ['{"type":"chat"}', 'BAD_MESSAGE'],
    ['{"type":"chat","text":7}', 'BAD_MESSAGE'],
    ['{"type":"chat","text":""}', 'BAD_MESSAGE'],
    [JSON.stringify({ type: 'chat', text: 'x'.repeat(CHAT_TEXT_MAX_LENGTH + 1) }), 'BAD_MESSAGE'],
  ];
  for (const [given, code] of refusals) {
    it(`refuses ${JSON.stringify(given.slice(0, 30))} with ${code}`, () => {
      expect(() => parseClientMessage(given))
        .to.throw(ChatMessageError)
        .with.property('code', code);
    });
  }

  it('takes a text of the greatest length', () => {
    const text = 'x'.repeat(CHAT_TEXT_MAX_LENGTH);
    expect(parseClientMessage(JSON.stringify({ type: 'chat', text }))).to.deep.equal({ type: 'chat', text });
  });
});
