// The page as it goes on: panels that change, the plan that is looked at, and the state of the connection.
{
  const live = document.getElementById('live');
  const words = document.getElementById('live-words');
  const say = (state, text) => {
    if (live.dataset.state === state && words.textContent === text) return;
    live.dataset.state = state;
    words.textContent = text;
  };

  /** Puts the new content in, and keeps what somebody is doing there: the focus and what was typed. */
  const swap = (panel, html) => {
    const focused = panel.contains(document.activeElement) ? document.activeElement.id : '';
    const typed = [...panel.querySelectorAll('input[id]')].map(({ id, value }) => [id, value]);
    const scrolled = [...panel.querySelectorAll('.scroll')].map(({ scrollLeft }) => scrollLeft);
    panel.innerHTML = html;
    for (const [id, value] of typed) {
      const input = document.getElementById(id);
      if (input) input.value = value;
    }
    panel.querySelectorAll('.scroll').forEach((element, i) => {
      element.scrollLeft = scrolled[i] ?? 0;
    });
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    window.htmx.process(panel);
  };

  /** What a screen reader is told: where the move is and what becomes of an action, not each row of it. */
  const announce = document.getElementById('announce');
  const told = () => [...document.querySelectorAll('[data-say]')].map(({ textContent }) => textContent.trim());
  let before = told();
  const tellChanges = () => {
    const now = told();
    const news = now.filter((text) => !before.includes(text));
    before = now;
    if (news.length > 0) announce.textContent = news.join('. ');
  };

  const panels = new Map([...document.querySelectorAll('[data-panel]')].map((panel) => [panel.dataset.panel, panel]));
  const shown = new Map();
  const show = (name, html) => {
    const panel = panels.get(name);
    if (panel === undefined || shown.get(name) === html) return;
    shown.set(name, html);
    swap(panel, html);
  };

  /** Looks come every second, or when the databases have answered; after this long without one, say so. */
  const LATE_MS = 8_000;
  let lookedAt = Date.now();
  const events = new EventSource(document.getElementById('charts').dataset.feed);
  events.addEventListener('open', () => {
    lookedAt = Date.now();
  });
  events.addEventListener('charts', ({ data }) => {
    const { series, samples } = JSON.parse(data);
    window.opsCharts.begin(series, samples);
    document.body.classList.add('has-charts');
    say('live', 'live');
  });
  events.addEventListener('look', ({ data }) => {
    const look = JSON.parse(data);
    for (const [name, html] of Object.entries(look.panels)) show(name, html);
    tellChanges();
    window.opsCharts.add(look.sample);
    lookedAt = Date.now();
    say('live', 'live');
  });
  events.addEventListener('over', () => {
    events.close();
    window.location.assign('/ops/login');
  });
  events.addEventListener('error', () => say('lost', 'connection lost, trying again'));
  setInterval(() => {
    if (live.dataset.state === 'live' && Date.now() - lookedAt > LATE_MS) say('late', 'waiting for the databases');
    // A browser gives up where it was answered with an error, such as by a proxy whose shop is starting.
    if (events.readyState === EventSource.CLOSED) window.location.reload();
  }, 1_000);

  const plan = document.getElementById('plan');
  document.body.addEventListener('htmx:afterSwap', ({ detail }) => {
    if (detail.target !== plan) return;
    const title = document.getElementById('plan-title');
    if (title === null) document.getElementById('content').focus({ preventScroll: true });
    else {
      title.focus({ preventScroll: true });
      plan.scrollIntoView({ block: 'nearest' });
    }
  });
  // What is confirmed is what the plan shows: with options that it has not been made with, it has to be made anew.
  plan.addEventListener('input', ({ target }) => {
    const confirm = plan.querySelector('.confirm button.main');
    if (confirm !== null && target.closest('.options') !== null) confirm.disabled = true;
  });
  plan.addEventListener('click', (event) => {
    if (event.target.closest('[data-close="plan"]') === null) return;
    event.preventDefault();
    plan.replaceChildren();
    window.history.replaceState(null, '', '/ops');
    document.getElementById('steps-title').scrollIntoView({ block: 'nearest' });
  });

  document.body.addEventListener('htmx:sendError', () =>
    say('lost', 'not sent: no connection. Look at the state before you try again'),
  );
}
