/** What an action will do, said before it is done. */
import { showSpan, showWorkers } from './figures.ts';
import type { LiveCluster } from './live-state.ts';

export interface Confirmation {
  readonly title: string;
  readonly sentences: readonly string[];
  /** On the button. */
  readonly yes: string;
  /** It may cost something. */
  readonly grave: boolean;
}

/** What holds a manual number: as the control API takes it in `for`. */
export const HOLDS: readonly (readonly [value: string, text: string])[] = [
  ['', 'the default time'],
  ['15m', '15 minutes'],
  ['1h', '1 hour'],
  ['8h', '8 hours'],
  ['forever', 'until resume'],
];

export function confirmScale(cluster: LiveCluster, instances: number, hold: string): Confirmation {
  const { desired } = cluster;
  const added = instances - desired;
  const effect =
    added > 0
      ? `${showWorkers(added)} will start and take connections when ready.`
      : added < 0
        ? `${showWorkers(-added)} will leave: no new connections, idle ones move to other workers, requests finish.`
        : `The number stays ${desired}, and the scaler leaves it alone.`;
  const name = HOLDS.find(([value]) => value === hold)?.[1] ?? hold;
  const held =
    hold === 'forever' ? 'The scaler decides again only after Resume.' : `After ${name} the scaler decides again.`;
  return {
    title: `Scale from ${desired} to ${showWorkers(instances)}?`,
    sentences: [effect, held],
    yes: `Scale to ${instances}`,
    grave: instances < desired,
  };
}

export function confirmReload(cluster: LiveCluster): Confirmation {
  return {
    title: `Reload all ${showWorkers(cluster.ready)}?`,
    sentences: [
      'Each worker is replaced by one that runs the code as it is on disk now: the new one starts first, then the old one drains.',
      'The first new worker is compared with the old ones; when it does worse, the old ones stay and the reload fails.',
    ],
    yes: 'Reload',
    grave: false,
  };
}

export function confirmRestart(cluster: LiveCluster): Confirmation {
  return {
    title: `Restart all ${showWorkers(cluster.ready)} at once?`,
    sentences: [
      'All new workers start at the same time, so memory for twice as many is needed for a moment. The old ones drain when the new ones are ready.',
      'Nothing is compared: code that answers wrongly will be live everywhere. Reload is the careful way.',
    ],
    yes: 'Restart all',
    grave: true,
  };
}

export function confirmRestartWorker(workerId: number): Confirmation {
  return {
    title: `Restart worker ${workerId}?`,
    sentences: [
      'A new worker starts in its slot. When that is ready, this one drains: no new connections, idle ones move to other workers, requests finish.',
      'The new worker runs the code as it is on disk now, while the others stay as they are.',
    ],
    yes: 'Restart it',
    grave: false,
  };
}

/** For how long alerts are silenced: as the control API takes it in `for`. */
export const SILENCE_TIMES: readonly (readonly [value: string, text: string])[] = [
  ['15m', '15 minutes'],
  ['1h', '1 hour'],
  ['8h', '8 hours'],
  ['1d', '1 day'],
  ['7d', '7 days'],
];

export function confirmSilence(key: string, time: string): Confirmation {
  const name = SILENCE_TIMES.find(([value]) => value === time)?.[1] ?? time;
  return {
    title: `Silence ${key} for ${name}?`,
    sentences: [
      'No channel tells of these alerts until then. They still stand in this list and in the log.',
      ...(key.includes('*') ? ['* stands for any characters: alerts that nobody has seen yet are among them.'] : []),
    ],
    yes: 'Silence',
    grave: key === '*',
  };
}

export function confirmUnsilence(key: string): Confirmation {
  return {
    title: `End the silence of ${key}?`,
    sentences: ['Alerts that fire are told to the channels again, those that fire already among them.'],
    yes: 'End it',
    grave: false,
  };
}

export function confirmStop(cluster: LiveCluster): Confirmation {
  return {
    title: `Stop ${cluster.name}?`,
    sentences: [
      `All ${showWorkers(cluster.ready)} drain and end, and then the runtime itself: ${cluster.addresses || 'the app'} will not answer any more.`,
      'This page cannot start it again.',
    ],
    yes: 'Stop the runtime',
    grave: true,
  };
}

export function confirmPause(cluster: LiveCluster): Confirmation {
  return {
    title: 'Pause automatic scaling?',
    sentences: [
      `The number stays at ${showWorkers(cluster.desired)}, whatever the load, until somebody resumes.`,
      'Workers that crash or hang are still replaced.',
    ],
    yes: 'Pause',
    grave: false,
  };
}

/** What people have set by hand, as in GET /scaling/status. */
export interface ByHand {
  readonly pin: {
    readonly instances: number;
    readonly untilMs: number | null;
    readonly by: string;
    readonly reason: string;
  } | null;
  readonly paused: { readonly by: string; readonly reason: string } | true | null;
}

export function confirmResume({ pin, paused }: ByHand): Confirmation {
  const sentences = [
    ...(pin === null ? [] : [`The number ${pin.instances}, set by hand, is given up.`]),
    ...(paused === null ? [] : ['The pause ends.']),
    'The scaler decides by demand and rules again, beginning with the next observation.',
  ];
  return { title: 'Let the scaler decide again?', sentences, yes: 'Resume', grave: false };
}

export function confirmReset(name: string | null): Confirmation {
  return {
    title: name === null ? 'Close all circuit breakers?' : `Close the circuit breaker ${name}?`,
    sentences: [
      'What it protects gets traffic again at once, without the usual trial.',
      'If the trouble is still there, the breaker opens again after its usual number of failures.',
    ],
    yes: 'Close it',
    grave: true,
  };
}

/** Who holds the number, for how long and why; empty when the scaler is free. */
export function byHandSentence({ pin, paused }: ByHand, nowMs: number): string {
  const why = (reason: string): string => (reason === '' ? '' : ` (${reason})`);
  if (paused === true) return 'Automatic scaling is paused.';
  if (paused !== null) return `Automatic scaling is paused by ${paused.by}${why(paused.reason)}.`;
  if (pin === null) return '';
  const left = pin.untilMs === null ? 'until resume' : `for another ${showSpan(pin.untilMs - nowMs)}`;
  return `Held at ${pin.instances} by ${pin.by} ${left}${why(pin.reason)}.`;
}
