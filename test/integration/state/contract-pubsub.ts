import { expect } from 'chai';
import { until } from '../../helpers/runtime.ts';
import { ALL_BYTES, type ContractContext } from './contract-context.ts';

export function describePubSub(context: ContractContext): void {
  describe('publish and subscribe', () => {
    it('brings messages of any bytes to subscribers on every connection', async () => {
      const channel = context.key('канал');
      const heard: string[] = [];
      const ends = await Promise.all([
        context.state.subscribe(channel, (message) => heard.push(`one ${message.toString('hex')}`)),
        context.another.subscribe(channel, (message) => heard.push(`two ${message.toString('hex')}`)),
      ]);
      await context.state.publish(channel, ALL_BYTES);
      const hex = ALL_BYTES.toString('hex');
      await until('both hear it', () => heard.length === 2);
      expect(heard.sort()).to.deep.equal([`one ${hex}`, `two ${hex}`]);
      await Promise.all(ends.map((end) => end()));
    });

    it('brings 2,000 messages of one publisher in order, none twice', async () => {
      const channel = context.key();
      const heard: number[] = [];
      const end = await context.another.subscribe(channel, (message) => heard.push(Number(message)));
      const numbers = Array.from({ length: 2_000 }, (_, index) => index);
      await Promise.all(numbers.map((number) => context.state.publish(channel, String(number))));
      await until('all are heard', () => heard.length >= numbers.length);
      expect(heard).to.deep.equal(numbers);
      await end();
    });

    it('keeps channels apart', async () => {
      const [one, two] = [context.key(), context.key()];
      const heard: string[] = [];
      const end = await context.state.subscribe(one, (message) => heard.push(message.toString()));
      await context.state.publish(two, 'for another');
      await context.state.publish(one, 'for this');
      await until('it is heard', () => heard.length > 0);
      expect(heard).to.deep.equal(['for this']);
      await end();
    });

    it('ends one subscription without the others, and ending twice does no harm', async () => {
      const channel = context.key();
      const first: string[] = [];
      const second: string[] = [];
      const listener = (message: Buffer) => first.push(message.toString());
      const endFirst = await context.state.subscribe(channel, listener);
      const endTwin = await context.state.subscribe(channel, listener);
      const endSecond = await context.state.subscribe(channel, (message) => second.push(message.toString()));
      await context.another.publish(channel, 'a');
      await until('all three hear it', () => first.length === 2 && second.length === 1);
      await endFirst();
      await endFirst();
      await context.another.publish(channel, 'b');
      await until('the second hears it', () => second.length === 2);
      expect(first).to.deep.equal(['a', 'a', 'b']);
      await endTwin();
      await endSecond();
    });

    it('hears nothing after the end, and again after another beginning', async () => {
      const [channel, marker] = [context.key(), context.key()];
      const heard: string[] = [];
      const listen = () => context.state.subscribe(channel, (message) => heard.push(message.toString()));
      const end = await listen();
      await end();
      await context.another.publish(channel, 'missed');
      const ended = listen();
      const endMarker = await context.state.subscribe(marker, (message) => heard.push(message.toString()));
      const endAgain = await ended;
      await context.another.publish(channel, 'heard');
      await context.another.publish(marker, 'marker');
      await until('the marker is heard', () => heard.includes('marker'));
      expect(heard).to.deep.equal(['heard', 'marker']);
      await Promise.all([endAgain(), endMarker()]);
    });

    it('loses no message to nobody: publishing needs no subscriber', async () => {
      expect(await context.state.publish(context.key(), 'unheard')).to.equal(undefined);
    });
  });
}
