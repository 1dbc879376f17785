/** Source of the direct connection as it is seen, and of voice and video calls over it. */
export const APP_PAGE_CALL = `
const direct = new DirectLink({
  signal: (kind, data) => realtime.send({ type: 'signal', kind, data }),
  onState: showDirect,
  onStream(stream) {
    byId('their-video').srcObject = stream;
    byId('their-video').hidden = stream === null;
  },
});
let calling = false;

function showDirect({ kind, ms, reason }) {
  const place = byId('direct');
  place.dataset.state = kind;
  place.textContent = 'direct connection: ' + {
    off: 'none',
    connecting: 'connecting …',
    open: 'open' + (ms === undefined ? '' : ', ' + ms.toFixed(1) + ' ms'),
    failed: 'not possible' + (reason ? ' (' + reason + ')' : ''),
  }[kind];
}

/** Offers only the calls that the browser and the devices allow, and says why not. */
async function offerCalls() {
  const devices = navigator.mediaDevices?.getUserMedia ? await navigator.mediaDevices.enumerateDevices().catch(() => []) : null;
  const has = (kind) => devices?.some((device) => device.kind === kind) ?? false;
  byId('voice').disabled = !has('audioinput');
  byId('video').disabled = !has('videoinput');
  byId('voice').hidden = byId('video').hidden = calling;
  byId('hang-up').hidden = !calling;
  byId('call-answer').textContent =
    devices === null ? 'Calls need a secure page (https, or localhost).'
    : has('audioinput') || has('videoinput') ? '' : 'No calls: this device has no microphone or camera.';
}

const REFUSALS = {
  NotFoundError: 'No such microphone or camera was found.',
  NotAllowedError: 'The browser does not allow this page to use them.',
  NotReadableError: 'Another program uses the microphone or camera.',
};

async function startCall(constraints) {
  const stream = await navigator.mediaDevices.getUserMedia(constraints).catch((error) => {
    throw new Error(REFUSALS[error.name] ?? error.message);
  });
  calling = true;
  direct.send(stream);
  byId('my-video').srcObject = stream;
  byId('my-video').hidden = !constraints.video;
  await offerCalls();
}

function endCall() {
  if (calling) direct.send(null);
  calling = false;
  byId('my-video').srcObject = null;
  byId('my-video').hidden = true;
  offerCalls();
}

onClick('voice', 'call-answer', () => startCall({ audio: true }));
onClick('video', 'call-answer', () => startCall({ audio: true, video: true }));
onClick('hang-up', 'call-answer', async () => endCall());
navigator.mediaDevices?.addEventListener?.('devicechange', offerCalls);
`;
