// The page that makes an embed shows at once what is chosen. Without this file it does so when its form is sent.
(() => {
  const form = document.getElementById('builder'), said = form.querySelector('[data-done]');
  const STATES = ['aria-invalid', 'aria-describedby', 'href'];
  let waiting, asking, shown;

  // Takes over what another state of this page says; fields keep what was typed, and the focus stays where it is.
  const take = (found) => {
    for (const old of document.querySelectorAll('[data-live]')) {
      const fresh = found.getElementById(old.id);
      for (const name of STATES) {
        if (fresh.hasAttribute(name)) old.setAttribute(name, fresh.getAttribute(name));
        else old.removeAttribute(name);
      }
      if (old.matches('iframe')) {
        if (old.getAttribute('src') !== fresh.getAttribute('src')) old.replaceWith(fresh); // Back then leaves this page
      } else if (!old.matches('input, select, a') && old.innerHTML !== fresh.innerHTML) old.replaceChildren(...fresh.childNodes);
    }
    const languages = found.querySelectorAll('.menu--lang a');
    document.querySelectorAll('.menu--lang a').forEach((link, number) => { link.href = languages[number].getAttribute('href'); });
    document.title = found.title;
  };

  const rest = () => { // nothing is on its way any more
    clearTimeout(waiting);
    asking?.abort();
    said.textContent = '';
  };
  const ask = async (finished) => {
    const { signal } = asking = new AbortController();
    const address = `${form.action}?${new URLSearchParams([...new FormData(form)].filter(([, value]) => value))}`;
    if (address === shown) return;
    try {
      const answer = await fetch(address, { signal });
      const found = new DOMParser().parseFromString(await answer.text(), 'text/html');
      if (!answer.ok && !finished) return; // a colour, say, of which half is typed
      if (!found.getElementById('builder')) throw new Error(answer.status);
      take(found);
      history.replaceState(null, '', shown = address);
      said.textContent = answer.ok ? `${said.dataset.done} ${document.getElementById('b-count').textContent}` : '';
    } catch {
      if (!signal.aborted) said.textContent = said.dataset.failed;
    }
  };
  for (const kind of ['input', 'change']) form.addEventListener(kind, () => {
    rest();
    waiting = setTimeout(ask, 400, kind === 'change');
  });
  form.addEventListener('submit', rest);
})();
