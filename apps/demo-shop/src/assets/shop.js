// The pages work without this. It is for what htmx has put in, and for pages that somebody comes back to.
(() => {
  const TOAST_MS = 8000;
  const notices = document.getElementById('notices');
  let timer;

  /** A message over the page goes by itself, but not while somebody is about to use it. */
  const passLater = () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const toast = notices.querySelector('.notice-toast');
      if (toast === null) return;
      if (toast.matches(':hover, :focus-within')) passLater();
      else toast.remove();
    }, TOAST_MS);
  };

  const say = (text) => {
    const message = document.createElement('p');
    message.className = 'notice notice-toast notice-bad';
    message.textContent = text;
    notices.replaceChildren(message);
    passLater();
  };

  /** What was asked may have been done all the same. A look at the basket that nobody has asked for is not told of. */
  const sayUnanswered = ({ detail: { requestConfig } }) => {
    if (requestConfig.path === '/basket') return;
    const advice =
      requestConfig.verb === 'get' ? 'Please try again' : 'Please look at your basket before you try again';
    say(`The shop does not answer. ${advice}.`);
  };

  document.addEventListener('htmx:oobAfterSwap', passLater);
  document.addEventListener('htmx:sendError', sayUnanswered);
  document.addEventListener('htmx:timeout', sayUnanswered);
  document.addEventListener('htmx:beforeSwap', (event) => {
    const { xhr } = event.detail;
    if (xhr.status < 400 || xhr.getResponseHeader('HX-Reswap') !== null) return;
    // Not in the shop's words: somebody on the way has answered in its place.
    event.detail.shouldSwap = false;
    sayUnanswered(event);
  });

  // What had the focus may have gone with the swap, as the last line of a basket does.
  document.addEventListener('htmx:afterSettle', ({ detail }) => {
    if (detail.target.id === 'basket' && document.activeElement === document.body)
      document.getElementById('heading')?.focus();
  });

  // Another tab, or the page that came after this one, may have changed the basket meanwhile.
  const lookAgain = () => {
    const basket = document.getElementById('basket');
    if (basket?.contains(document.activeElement)) return;
    if (basket === null) htmx.ajax('GET', '/basket', { target: '#count', swap: 'innerHTML' });
    else htmx.ajax('GET', '/basket', { target: '#basket', swap: 'outerHTML' });
  };
  addEventListener('pageshow', ({ persisted }) => persisted && lookAgain());
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && lookAgain());
})();
