/** The last lines that workers and runtime wrote, while the panel is open. */
import type { Api } from './api.ts';
import { byId, drawWhenChanged, make, setText } from './element.ts';
import { showClock } from './figures.ts';
import { filterLines, type LogLine, plainText, sourcesOf } from './log-view.ts';
import { Poller } from './poller.ts';
import { whyNot } from './session.ts';

const FETCHED = 500;
const SHOWN = 300;
const EVERY_MS = 2_000;

export function setUpLogs(api: Api): void {
  const panel = byId('logs');
  const list = byId('log-lines');
  let lines: readonly LogLine[] = [];

  const draw = (): void => {
    const filter = {
      source: byId('log-source').value,
      text: byId('log-text').value,
      errorsOnly: byId('log-errors').checked,
    };
    const shown = filterLines(lines, filter).slice(-SHOWN);
    const last = shown.at(-1);
    drawWhenChanged(list, [shown.length, last, filter], () => shown.map(drawLine));
    setText(
      byId('log-note'),
      shown.length === 0 ? 'No line to show.' : `${shown.length} of the last ${lines.length} lines.`,
    );
    if (byId('log-follow').checked) list.scrollTop = list.scrollHeight;
  };
  const drawSources = (): void => {
    const select = byId('log-source');
    const sources = sourcesOf(lines);
    const chosen = select.value;
    drawWhenChanged(select, sources, () =>
      ['', ...sources].map((source) => {
        const option = make('option', '', source === '' ? 'all' : source);
        option.value = source;
        return option;
      }),
    );
    select.value = sources.includes(chosen) ? chosen : '';
  };
  const poller = new Poller<{ readonly lines: readonly LogLine[] }>({
    api,
    path: () => `logs?lines=${FETCHED}`,
    everyMs: EVERY_MS,
    wanted: () => panel.open && whyNot(api.session, 'operator') === null,
    draw: (answer) => {
      lines = answer.lines;
      drawSources();
      draw();
    },
    refuse: (detail) => setText(byId('log-note'), detail),
  });
  panel.ontoggle = () => {
    const reason = whyNot(api.session, 'operator');
    if (reason !== null)
      setText(byId('log-note'), `An app’s output may hold what only its operators should read. ${reason}`);
    else poller.ask();
  };
  byId('log-source').onchange = draw;
  byId('log-errors').onchange = draw;
  byId('log-follow').onchange = draw;
  byId('log-text').oninput = draw;
}

function drawLine({ atMs, source, stream, text }: LogLine): ReturnType<typeof make> {
  return make(
    'li',
    stream === 'stderr' ? 'bad' : '',
    make('i', '', `${showClock(atMs)} ${source}`),
    ` ${plainText(text)}`,
  );
}
