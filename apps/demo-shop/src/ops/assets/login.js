// The link that development prints carries the token behind the "#": browsers send that to nobody.
{
  const token = new URLSearchParams(window.location.hash.slice(1)).get('token');
  if (token) {
    document.getElementById('token').value = token;
    window.history.replaceState(null, '', window.location.pathname);
  }
  document.getElementById(document.getElementById('name').value === '' ? 'name' : 'token').focus();
}
