/** The cards of the page at `/app`. */

export const CHAT_SECTION = `
<section id="chat" class="chat" aria-labelledby="chat-title" data-state="idle">
  <div class="head">
    <h2 id="chat-title">Chat</h2>
    <p id="link" class="link" role="status" data-state="connecting">connecting …</p>
  </div>
  <div class="bar">
    <p id="chat-state" role="status">You talk with nobody yet.</p>
    <button type="button" id="find" class="strong">Find a partner</button>
    <button type="button" id="leave" hidden>Leave</button>
  </div>
  <ol id="messages" role="log" aria-label="Messages" tabindex="0"></ol>
  <form id="say" autocomplete="off">
    <input id="text" name="text" maxlength="2000" aria-label="Message" disabled>
    <button type="submit" id="send" class="strong" disabled>Send</button>
  </form>
  <div id="call" class="call" hidden>
    <p id="direct" data-state="off">direct connection: none</p>
    <div class="buttons">
      <button type="button" id="voice" class="small">Voice call</button>
      <button type="button" id="video" class="small">Video call</button>
      <button type="button" id="hang-up" class="small" hidden>Hang up</button>
    </div>
    <p id="call-answer" class="note" role="status"></p>
    <div class="videos">
      <video id="their-video" aria-label="Your partner" autoplay playsinline hidden></video>
      <video id="my-video" aria-label="You" autoplay playsinline muted hidden></video>
    </div>
  </div>
</section>`;

export const SIDE_SECTIONS = `
<section aria-labelledby="people-title">
  <h2 id="people-title">Who is here</h2>
  <ul id="people" class="rows"><li class="empty">Asking …</li></ul>
  <p id="stats" class="note"></p>
</section>
<section aria-labelledby="jobs-title">
  <h2 id="jobs-title">Count primes in a job</h2>
  <form id="new-job">
    <label>up to <input name="upTo" type="number" min="1000" max="50000000" value="5000000" required></label>
    <button type="submit">Start</button>
  </form>
  <p id="job-answer" class="note" role="status"></p>
  <ul id="jobs" class="rows jobs"><li class="empty">None yet.</li></ul>
  <p id="queue" class="note"></p>
</section>`;

export const MORE_SECTIONS = `
<section aria-labelledby="reports-title">
  <h2 id="reports-title">Reports</h2>
  <form id="reports">
    <label>kind <input name="kind" value="usage" pattern="[a-z][a-z0-9\\-]*" maxlength="40" required></label>
    <label>month <input name="period" pattern="\\d{4}-\\d{2}" placeholder="2026-11" maxlength="7" required></label>
    <button type="submit">Show</button>
    <button type="button" id="add-report">Add one</button>
  </form>
  <p id="report-answer" class="note" role="status"></p>
  <ul id="report-list" class="rows"><li class="empty">Ask for some: the second time they come from a cache.</li></ul>
</section>
<section aria-labelledby="leases-title">
  <h2 id="leases-title">Leases</h2>
  <p class="note">Of the fleet’s slots; MAX_SLOTS_PER_SERVER says how many each machine has.</p>
  <form id="new-lease">
    <label>Mbit/s <input name="bandwidthMbps" type="number" min="1" max="100000" placeholder="usual"></label>
    <label>location <input name="location" maxlength="40" placeholder="any"></label>
    <button type="submit">Ask for one</button>
  </form>
  <p id="lease-answer" class="note" role="status"></p>
  <ul id="leases" class="rows leases"><li class="empty">None on this page yet.</li></ul>
  <h3>History</h3>
  <ul id="lease-history" class="rows"><li class="empty">No history yet.</li></ul>
</section>
<section aria-labelledby="limits-title">
  <h2 id="limits-title">Limits to try</h2>
  <p class="note">Five requests in ten seconds, counted over all workers.</p>
  <div class="buttons">
    <button type="button" id="limit-standard">Standard</button>
    <button type="button" id="limit-strict">Strict</button>
    <button type="button" id="limit-progressive">Progressive</button>
  </div>
  <p id="limit-error" class="note" role="status"></p>
  <ul id="limit-answers" class="rows" aria-live="polite"><li class="empty">Press one more than five times.</li></ul>
</section>
<section aria-labelledby="activity-title">
  <h2 id="activity-title">Last 24 hours</h2>
  <ul id="activity" class="rows activity"><li class="empty">Asking …</li></ul>
</section>
<section aria-labelledby="health-title">
  <h2 id="health-title">Health</h2>
  <ul id="health" class="rows"><li class="empty">Asking …</li></ul>
  <p id="cache" class="note"></p>
</section>`;
