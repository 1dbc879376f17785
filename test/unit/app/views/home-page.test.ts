import { Script } from 'node:vm';
import { expect } from 'chai';
import { homePage } from '../../../../src/app/views/home-page.ts';
import { HOME_PAGE_SCRIPT } from '../../../../src/app/views/home-page-script.ts';

describe('the page', () => {
  const page = homePage({ slot: 1, id: 2, pid: 4711 }, 'n0nce');

  it('names the worker that served it', () => {
    expect(page).to.include('page served by <strong>worker 1 (pid 4711)</strong>');
  });

  it('tells a single process that it is one', () => {
    expect(homePage({ slot: null, id: null, pid: 4711 }, 'n0nce')).to.include('runs as a single process');
  });

  it('loads nothing from anywhere, and leads to the other page', () => {
    const references = [...page.matchAll(/\b(?:src|href)="([^"]*)"/g)].map((match) => match[1] ?? '');
    expect(references.filter((reference) => !reference.startsWith('data:'))).to.deep.equal(['/app']);
    expect(page).not.to.match(/@import|url\(/);
  });

  it('lets only its own style and script through the policy', () => {
    expect(page.match(/<(?:style|script)\b[^>]*>/g)).to.deep.equal(['<style nonce="n0nce">', '<script nonce="n0nce">']);
    expect(page).not.to.match(/\son[a-z]+=|style="/);
  });

  it('has a script that compiles', () => {
    expect(new Script(HOME_PAGE_SCRIPT)).to.be.instanceOf(Script);
  });
});
