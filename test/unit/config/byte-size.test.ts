import { expect } from 'chai';
import { formatByteSize, parseByteSize } from '../../../config/byte-size.ts';

describe('parseByteSize', () => {
  it('reads units in steps of 1024, however they are spelled', () => {
    expect(parseByteSize('300M')).to.equal(314_572_800);
    for (const text of ['1G', '1g', '1GB', '1 GiB']) expect(parseByteSize(text), text).to.equal(1_073_741_824);
    expect(parseByteSize('512K')).to.equal(524_288);
    expect(parseByteSize('1.5M')).to.equal(1_572_864);
  });

  it('takes plain numbers for bytes', () => {
    expect(parseByteSize('0')).to.equal(0);
    expect(parseByteSize('4096')).to.equal(4096);
    expect(parseByteSize('4096B')).to.equal(4096);
  });

  it('knows no other texts', () => {
    for (const text of ['', 'M', '-1M', '1X', '1e3', '3 0M', '9999999999999999T']) {
      expect(parseByteSize(text), text).to.equal(undefined);
    }
  });
});

describe('formatByteSize', () => {
  it('shows about three figures', () => {
    expect(formatByteSize(0)).to.equal('0 B');
    expect(formatByteSize(1023)).to.equal('1023 B');
    expect(formatByteSize(1536)).to.equal('1.5 KiB');
    expect(formatByteSize(64_172_000)).to.equal('61.2 MiB');
    expect(formatByteSize(314_572_800)).to.equal('300 MiB');
    expect(formatByteSize(1_073_741_823)).to.equal('1.0 GiB');
  });
});
