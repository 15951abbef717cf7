// The pages work without this. It is for what htmx has put in: messages that go again, and the focus of who uses a
// keyboard.
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

  document.addEventListener('htmx:oobAfterSwap', passLater);
  document.addEventListener('htmx:sendError', () => say('The shop does not answer. Please check your connection.'));
  document.addEventListener('htmx:timeout', () =>
    say('That took too long. Please look at your basket, and try again.'),
  );

  // What had the focus may have gone with the swap, as the last line of a basket does.
  document.addEventListener('htmx:afterSettle', ({ detail }) => {
    if (detail.target.id === 'basket' && document.activeElement === document.body)
      document.getElementById('heading')?.focus();
  });
})();
