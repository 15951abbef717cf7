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

  /** A look at the basket that nobody has asked for need not tell of its failure. */
  const isAsked = ({ detail }) => detail.requestConfig.path !== '/basket';

  document.addEventListener('htmx:oobAfterSwap', passLater);
  document.addEventListener('htmx:sendError', (event) => {
    if (isAsked(event)) say('The shop does not answer. Please check your connection, and try again.');
  });
  document.addEventListener('htmx:timeout', (event) => {
    if (isAsked(event)) say('That took too long. Please look at your basket before you try again.');
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
