/** What opens over the page. */
export const dialogs = `
<dialog id="confirm" aria-labelledby="confirm-title"><h2 id="confirm-title"></h2><ul class="sentences" id="confirm-text"></ul>
  <div class="row end"><button type="button" id="confirm-no">Cancel</button><button type="button" class="main" id="confirm-yes">Yes</button></div></dialog>

<dialog id="explanation" class="drawer" aria-labelledby="explanation-title">
  <div class="head"><h2 id="explanation-title"></h2><button type="button" class="icon" id="explanation-close" aria-label="Close">×</button></div>
  <div id="explanation-body"></div></dialog>

<dialog id="worker-details" class="drawer" aria-labelledby="worker-title">
  <div class="head"><h2 id="worker-title"></h2><span class="pill idle" id="worker-state"></span><button type="button" class="icon" id="worker-close" aria-label="Close">×</button></div>
  <ul class="sentences" id="worker-sentences"></ul>
  <h3>Requests per second, last minute</h3><div id="worker-spark"></div>
  <h3>Figures</h3><dl class="pairs" id="worker-figures"></dl></dialog>

<dialog id="login" aria-labelledby="login-title"><form id="login-form"><h2 id="login-title">Log in</h2>
  <p class="note">This control API asks for a token: one of MANAGEMENT_TOKENS, without its role, or a JSON web token. It is given to the server once; the browser keeps a session that no script can read.</p>
  <label>Token<input type="password" id="token" required maxlength="8192" autocomplete="current-password"></label>
  <p class="problem" id="login-problem" role="alert"></p>
  <div class="row end"><button type="submit" class="main">Log in</button></div></form></dialog>

<div id="notices" role="status"></div>
<p class="hidden" id="announcer" role="status"></p>`;
