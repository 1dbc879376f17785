/** Puts the page together: what arrives goes into the state, and what is visible of it is drawn once for each frame of the screen. */
import { Actions } from './actions.ts';
import { Api } from './api.ts';
import { type ByHand, byHandSentence } from './confirmation.ts';
import { drawDecisions } from './decision-list.ts';
import { type Decision, withDecisions } from './decision-marks.ts';
import { page } from './dom.ts';
import { byId, setClass, setText } from './element.ts';
import { EventStream } from './event-stream.ts';
import { ExplanationDialog } from './explanation-dialog.ts';
import { drawAlerts } from './health-panel.ts';
import { type AlertNews, allAlerts, withAlert } from './health-view.ts';
import { describeLink } from './link.ts';
import { type LiveFrame, type LiveState, NOTHING_LIVE, withFrame } from './live-state.ts';
import { setUpLogs } from './log-panel.ts';
import { LoginForm } from './login.ts';
import { announce, notify } from './notices.ts';
import { Panels } from './panels.ts';
import { Poller } from './poller.ts';
import { drawReceipts } from './receipt-list.ts';
import { type RecordedBody, recordedPath, recordedPoints, withRecorded } from './recorded.ts';
import { drawReload } from './reload-progress.ts';
import { type Point, withPoint } from './series.ts';
import { type HeldSilence, SilencePanel } from './silence-panel.ts';
import { setUpTheme } from './theme.ts';
import { drawTiles } from './tiles.ts';
import { Timeline } from './timeline.ts';
import { WorkerDetails } from './worker-details.ts';
import { WorkerHistory } from './worker-history.ts';
import { WorkerTable } from './worker-table.ts';

const BEAT_MS = 1_000;
const SCALING_MS = 5_000;
const ALERTS_MS = 15_000;

/** The part of GET /scaling/status that is shown. */
interface ScalingBody extends Partial<ByHand> {
  readonly decisions?: readonly Decision[];
  readonly actions?: readonly Decision[];
}

/** The part of GET /alerts that is shown. */
interface AlertsBody {
  readonly active?: readonly AlertNews[];
  readonly recent?: readonly AlertNews[];
  readonly silences?: readonly HeldSilence[];
}

export class Dashboard {
  #live: LiveState = NOTHING_LIVE;
  #points: readonly Point[] = [];
  #decisions: readonly Decision[] = [];
  #alerts: readonly AlertNews[] = [];
  #byHand: ByHand = { pin: null, paused: null };
  /** Server's clock minus this one. */
  #clockMs = 0;
  #drawing = false;
  readonly #history = new WorkerHistory();
  readonly #api = new Api(() => this.#login.show());
  readonly #login = new LoginForm(this.#api, () => this.#enter());
  readonly #explanation = new ExplanationDialog(this.#api);
  readonly #timeline = new Timeline(
    ({ id }) => this.#explanation.open(id),
    () => this.#recall(),
  );
  readonly #details = new WorkerDetails(this.#history);
  readonly #actions = new Actions({
    api: this.#api,
    cluster: () => this.#live.cluster,
    byHand: () => this.#byHand,
    onDone: () => {
      this.#scaling.ask();
      this.#allAlerts.ask();
    },
  });
  readonly #table = new WorkerTable(this.#history, this.#actions, (id) =>
    this.#details.open(id, this.#live, this.#panels.standingOf(id)),
  );
  readonly #silences = new SilencePanel(this.#actions);
  readonly #panels = new Panels(this.#api, this.#actions);
  readonly #scaling = new Poller<ScalingBody>({
    api: this.#api,
    path: () => 'scaling/status',
    everyMs: SCALING_MS,
    draw: (body) => this.#takeScaling(body),
    refuse: () => {},
  });
  readonly #allAlerts = new Poller<AlertsBody>({
    api: this.#api,
    path: () => 'alerts',
    everyMs: ALERTS_MS,
    draw: ({ active, recent = [], silences = [] }) => {
      if (active !== undefined) this.#showAlerts(allAlerts(active, recent));
      this.#silences.draw(silences);
    },
    refuse: () => {},
  });
  readonly #stream = new EventStream({
    api: this.#api,
    onEvent: (name, data) => this.#take(name, data),
    onPhase: () => this.#drawLink(),
  });

  /** Begins to watch, or asks who is there. */
  async start(): Promise<void> {
    setUpTheme();
    setUpLogs(this.#api);
    byId('why').onclick = () => this.#explanation.open('last');
    byId('log-out').onclick = () => this.#api.logOut();
    page.document.addEventListener('visibilitychange', () => this.#refresh());
    this.#beat();
    const session = await this.#api.whoAmI().catch(() => undefined);
    // Not reachable: the stream keeps trying, and the session is asked for when it is there.
    if (session !== null) this.#enter();
  }

  /** Somebody is there who may look. */
  #enter(): void {
    this.#drawSession();
    this.#stream.run();
    this.#refresh();
  }

  /** The server is there, or there again. */
  async #meet(): Promise<void> {
    if (this.#api.session === null) await this.#api.whoAmI();
    this.#drawSession();
    this.#refresh();
    this.#recall();
  }

  #drawSession(): void {
    const { session } = this.#api;
    setText(byId('who'), session === null ? '' : `${session.name}, ${session.role}`);
    byId('log-out').hidden = session?.csrfToken == null;
    this.#actions.drawPermission();
    this.#silences.redraw();
  }

  #refresh(): void {
    if (page.document.hidden) return;
    this.#panels.refresh();
    this.#scaling.ask();
    this.#allAlerts.ask();
    this.#drawSoon();
  }

  /** Fills the time before the page was opened, and while it was not connected. */
  async #recall(): Promise<void> {
    this.#drawSoon();
    // Charts without a past are charts still; the link tells when the server is away.
    const body = await this.#api
      .get<RecordedBody>(recordedPath(this.#timeline.spanMs))
      .catch(() => ({}) as RecordedBody);
    this.#points = withRecorded(this.#points, recordedPoints(body), body.stepMs ?? 0);
    this.#drawSoon();
  }

  #take(name: string, data: unknown): void {
    if (name === 'state' || name === 'change') this.#takeFrame(data as LiveFrame, name === 'state');
    if (name === 'decision') this.#takeDecision(data as Decision);
    if (name === 'alert') this.#takeAlert(data as AlertNews);
  }

  #takeFrame(frame: LiveFrame, whole: boolean): void {
    if (whole) this.#meet();
    this.#clockMs = frame.atMs - Date.now();
    this.#live = withFrame(whole ? NOTHING_LIVE : this.#live, frame);
    this.#history.take(this.#live);
    const { cluster } = this.#live;
    if (cluster === null) return;
    const { rate, errorRatio, p50Ms: p50, p95Ms: p95, p99Ms: p99, desired, ready } = cluster;
    // The first moments of a connection know no rate yet; what was recorded of them does.
    if (rate === null && ready > 0) {
      this.#drawSoon();
      return;
    }
    const errors = rate === null ? null : rate * (errorRatio ?? 0);
    this.#points = withPoint(this.#points, { atMs: frame.atMs, rate, errors, p50, p95, p99, desired, ready });
    this.#drawSoon();
  }

  #takeScaling({ decisions = [], actions = [], pin = null, paused = null }: ScalingBody): void {
    // A runtime that only says that it is paused says so with true.
    this.#byHand = { pin, paused: paused || null };
    this.#decisions = withDecisions(this.#decisions, [...actions, ...decisions]);
    this.#drawSoon();
  }

  #takeDecision(decision: Decision): void {
    this.#decisions = withDecisions(this.#decisions, [decision]);
    if (decision.action !== 'hold') announce(decision.sentence);
    this.#scaling.ask();
    this.#drawSoon();
  }

  #takeAlert(news: AlertNews): void {
    if (news.state === 'firing' && !news.repeated) notify(`Alert: ${news.sentence}`, true);
    this.#showAlerts(withAlert(this.#alerts, news));
    this.#panels.refresh();
  }

  #showAlerts(alerts: readonly AlertNews[]): void {
    this.#alerts = alerts;
    drawAlerts(alerts, (key) => this.#silences.propose(key));
  }

  /** Once a second, whether or not anything arrives: so the page notices that nothing does. */
  #beat(): void {
    this.#drawLink();
    if (this.#live.cluster !== null && Date.now() - this.#stream.link.figuresAtMs > 2 * BEAT_MS) this.#drawSoon();
    setTimeout(() => this.#beat(), BEAT_MS);
  }

  #drawLink(): void {
    const { text, tone, stale } = describeLink(this.#stream.link, Date.now());
    setText(byId('link'), text);
    setClass(byId('link'), `pill ${tone}`);
    byId('main').classList.toggle('stale', stale && this.#live.cluster !== null);
  }

  /** With the screen's next frame, and never for a page that nobody sees. */
  #drawSoon(): void {
    if (this.#drawing) return;
    this.#drawing = true;
    page.requestAnimationFrame(() => {
      this.#drawing = false;
      this.#draw(Date.now() + this.#clockMs);
    });
  }

  #draw(nowMs: number): void {
    const { cluster, receipts } = this.#live;
    this.#timeline.draw(this.#points, this.#decisions, nowMs);
    drawDecisions(this.#decisions, ({ id }) => this.#explanation.open(id));
    if (cluster === null) return;
    drawTiles(this.#live, nowMs);
    this.#table.draw(this.#live, nowMs);
    drawReceipts(receipts);
    drawReload(cluster);
    this.#actions.draw(cluster);
    setText(byId('by-hand'), byHandSentence(this.#byHand, nowMs));
    byId('resume').hidden = this.#byHand.pin === null && this.#byHand.paused === null;
    byId('pause').hidden = this.#byHand.paused !== null;
    const { workerId } = this.#details;
    if (workerId !== null) this.#details.draw(this.#live, this.#panels.standingOf(workerId), nowMs);
  }
}
