import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { assetOf, browserFiles, dashboardAssets } from '../../../../../src/scaling/management/dashboard/assets.ts';
import { contentSecurityPolicy, renderPage } from '../../../../../src/scaling/management/dashboard/page.ts';

/** What the page may weigh in all, compressed. */
const BUDGET_BYTES = 50_000;

describe('the dashboard’s page', () => {
  const page = renderPage();
  const scripts = browserFiles().map((file) => dashboardAssets().get(file)?.text ?? '');
  const style = dashboardAssets().get('style.css')?.text ?? '';

  it('is small', () => {
    const parts = [assetOf('text/html', page), ...dashboardAssets().values()];
    const bytes = parts.reduce((sum, { gzipped }) => sum + gzipped.length, 0);
    expect(bytes).to.be.lessThan(BUDGET_BYTES);
  });

  it('names every script, so that they load side by side', () => {
    const named = [...page.matchAll(/modulepreload" href="dashboard\/([^"]+)"/g)].map(([, file]) => file);
    expect(named).to.deep.equal([...browserFiles()]);
    expect(named).to.include('main.js').and.include('live-state.js');
    for (const script of scripts) {
      for (const [, file] of script.matchAll(/from '\.\/([^']+)'/g)) expect(named).to.include(file);
    }
  });

  it('loads nothing from elsewhere, and nothing that stands within the page is run', () => {
    expect(page).to.not.match(/(src|href|action)="(https?:)?\/\//);
    expect(page).to.not.match(/<[^>]+\s(on[a-z]+|style)=/);
    expect(page).to.not.match(/<style|<script(?! type="module" src=)/);
    expect(style).to.not.match(/url\(|@import/);
    expect(contentSecurityPolicy)
      .to.match(/^default-src 'none'; /)
      .and.not.include('unsafe');
  });

  it('never makes markup of text', () => {
    for (const script of scripts) {
      expect(script).to.not.match(/innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function/);
    }
  });

  it('has every element that its scripts ask for, each id once', () => {
    const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).to.equal(ids.length);
    const asked = scripts.flatMap((script) => [...script.matchAll(/byId\('([a-z-]+)'\)/g)].map(([, id]) => id));
    expect(asked.length).to.be.greaterThan(60);
    for (const id of asked) expect(ids).to.include(id);
  });

  it('labels every field, and names every region', () => {
    for (const [field] of page.matchAll(/<(?:input|select)[^>]*>/g)) {
      const before = page.slice(0, page.indexOf(field));
      expect(before.lastIndexOf('<label'), field).to.be.greaterThan(before.lastIndexOf('</label>'));
    }
    for (const [opening] of page.matchAll(/<(?:section|dialog)[^>]*>/g)) expect(opening).to.match(/aria-label/);
  });

  it('is compressed without loss, and known by what is in it', () => {
    const asset = assetOf('text/plain', 'tide');
    expect(gunzipSync(asset.gzipped).toString()).to.equal('tide');
    expect(asset.etag).to.equal(assetOf('text/css', 'tide').etag).and.not.equal(assetOf('text/plain', 'gate').etag);
  });
});
