// The link that development prints carries the token behind the "#": browsers send that to nobody.
{
  const takeToken = () => {
    const token = new URLSearchParams(window.location.hash.slice(1)).get('token');
    if (!token) return;
    document.getElementById('token').value = token;
    window.history.replaceState(null, '', window.location.pathname);
  };
  takeToken();
  window.addEventListener('hashchange', takeToken);
  document.getElementById(document.getElementById('name').value === '' ? 'name' : 'token').focus();
}
