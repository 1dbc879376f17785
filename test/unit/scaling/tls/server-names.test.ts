import { expect } from 'chai';
import { ServerNames } from '../../../../src/scaling/tls/server-names.ts';

describe('Names of servers', () => {
  const names = new ServerNames<string>();
  for (const name of ['a.example', '*.b.example', 'x.b.example', '*.C.Example', '*', 'w*.d.example', 'a.example']) {
    names.add(name, name);
  }

  it('are found as they are, whatever their case', () => {
    expect([names.get('a.example'), names.get('A.EXAMPLE'), names.get('other.example')]).to.deep.equal([
      'a.example',
      'a.example',
      undefined,
    ]);
  });

  it('are found by a wildcard for one label, unless one of them is named', () => {
    expect(names.get('y.b.example')).to.equal('*.b.example');
    expect(names.get('x.b.example')).to.equal('x.b.example');
    expect(names.get('y.c.example')).to.equal('*.C.Example');
    for (const name of ['b.example', 'z.y.b.example', '.b.example', 'ww.d.example', '']) {
      expect(names.get(name), name).to.equal(undefined);
    }
  });

  it('stay with whom they were given to first', () => {
    const twice = new ServerNames<number>();
    twice.add('a', 1);
    twice.add('A', 2);
    expect(twice.get('a')).to.equal(1);
  });
});
