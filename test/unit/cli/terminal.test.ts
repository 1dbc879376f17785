import { expect } from 'chai';
import { Terminal } from '../../../src/cli/terminal.ts';

function terminal(isTTY: boolean, env: Record<string, string> = {}) {
  const written: string[] = [];
  const stdout = { write: (text: string) => written.push(text), isTTY, columns: 100 };
  return { terminal: new Terminal(stdout, { write: () => true }, env), written };
}

describe('Terminal', () => {
  it('paints on a terminal, and nowhere else', () => {
    expect(terminal(true).terminal.paint('red', 'x')).to.equal('\u001b[31mx\u001b[0m');
    expect(terminal(false).terminal.paint('red', 'x')).to.equal('x');
  });

  it('honours NO_COLOR unless it is empty, and TERM=dumb', () => {
    expect(terminal(true, { NO_COLOR: '1' }).terminal.colours).to.equal(false);
    expect(terminal(true, { NO_COLOR: '' }).terminal.colours).to.equal(true);
    expect(terminal(true, { TERM: 'dumb' }).terminal).to.include({ colours: false, interactive: false });
    expect(terminal(true, { NO_COLOR: '1' }).terminal.interactive).to.equal(true);
  });

  it('writes JSON in one line for programs, indented for people', () => {
    const program = terminal(false);
    program.terminal.json({ a: [1] });
    expect(program.written).to.deep.equal(['{"a":[1]}\n']);
    const person = terminal(true);
    person.terminal.json({ a: 1 });
    expect(person.written).to.deep.equal(['{\n  "a": 1\n}\n']);
  });
});
