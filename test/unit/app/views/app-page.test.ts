import { Script } from 'node:vm';
import { expect } from 'chai';
import { appPage } from '../../../../src/app/views/app-page.ts';
import { APP_PAGE_SCRIPT } from '../../../../src/app/views/app-page-script.ts';

describe('the page with accounts, chat and jobs', () => {
  const page = appPage({ slot: 1, id: 2, pid: 4711 }, 'n0nce');

  it('names the worker that served it', () => {
    expect(page).to.include('Page served by worker 1 (pid 4711).');
  });

  it('loads nothing from anywhere', () => {
    const references = [...page.matchAll(/\b(?:src|href)="([^"]*)"/g)].map((match) => match[1] ?? '');
    expect(references.filter((reference) => !reference.startsWith('data:'))).to.deep.equal(['/']);
    expect(page).not.to.match(/@import|url\(/);
  });

  it('lets only its own style and script through the policy', () => {
    expect(page.match(/<(?:style|script)\b[^>]*>/g)).to.deep.equal(['<style nonce="n0nce">', '<script nonce="n0nce">']);
    expect(page).not.to.match(/\son[a-z]+="|style="/);
    expect(APP_PAGE_SCRIPT).not.to.match(/innerHTML|insertAdjacentHTML|document\.write/);
  });

  it('has a script that compiles, and that asks only for elements that are there, each once', () => {
    expect(new Script(APP_PAGE_SCRIPT)).to.be.instanceOf(Script);
    const ids = [...page.matchAll(/ id="([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(new Set(ids).size).to.equal(ids.length);
    const asked = [...APP_PAGE_SCRIPT.matchAll(/\b(?:byId|tell|fill|onClick|onSubmit)\('([^']+)'(?! \+)/g)].map(
      (match) => match[1],
    );
    expect(asked).to.have.length.above(40);
    expect(ids).to.include.members(asked);
  });

  it('gives every field and video a name, and every card a title', () => {
    const unnamed = [...page.matchAll(/(<label>[^<]*)?<(?:input|video)\b[^>]*>/g)]
      .filter(([tag, label]) => label === undefined && !tag.includes('aria-label='))
      .map(([tag]) => tag);
    expect(unnamed).to.deep.equal([]);
    const titles = [...page.matchAll(/<section[^>]* aria-labelledby="([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(titles).to.have.lengthOf(9);
    for (const title of titles) expect(page).to.include(`<h2 id="${title}">`);
  });

  it('has at most 60 KB', () => {
    expect(Buffer.byteLength(page)).to.be.at.most(60_000);
  });
});
