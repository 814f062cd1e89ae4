// Comforts of the workbench. Every page of it works without this file.
(() => {
  const $ = (s, root = document) => [...root.querySelectorAll(s)];

  // The queue: choose all on the page.
  for (const all of $('[data-all]')) {
    all.hidden = false;
    all.addEventListener('change', () => { for (const box of $('[name="pick"]', all.form)) box.checked = all.checked; });
  }

  // What was asked for: its list is looked at again by itself; nothing else on the page is touched.
  const again = async () => {
    const list = $('[data-waiting]')[0];
    if (!list || list.contains(document.activeElement)) return;
    const page = new DOMParser().parseFromString(await (await fetch(location.pathname)).text(), 'text/html');
    const now = page.getElementById('requests');
    if (now) list.replaceWith(now);
  };
  if ($('[data-waiting]').length) setInterval(() => again().catch(() => { /* no connection: the next time */ }), 5000);

  const form = document.getElementById('editor');
  if (!form) return;

  // One key per decision, only while the focus is inside the list (WCAG 2.1.4), and it can be turned off.
  const list = $('[data-suggestions]', form)[0];
  const items = $('[data-suggestion]', list), left = $('[data-left]'), on = $('[data-keys-on]')[0];
  $('[data-keys]')[0].hidden = !items.length;
  try { on.checked = localStorage.getItem('keys') !== 'off'; } catch { /* no storage: on */ }
  on.addEventListener('change', () => { try { localStorage.setItem('keys', on.checked ? 'on' : 'off'); } catch { /* nor then */ } });
  const refresh = () => {
    let open = 0;
    for (const item of items) {
      const choice = item.querySelector('input:checked')?.value;
      item.classList.toggle('sugg--accept', choice === 'accepted');
      item.classList.toggle('sugg--reject', choice === 'rejected');
      if (choice === 'suggested') open += 1;
    }
    for (const place of left) place.textContent = open ? `${open} of ${items.length} to decide` : 'all decided';
  };
  list.addEventListener('change', refresh);
  list.addEventListener('focusin', (e) => { // light up the words behind the suggestion in hand
    const item = e.target.closest('[data-suggestion]');
    for (const mark of $('.ev--on')) mark.classList.remove('ev--on');
    const mark = item && document.getElementById(item.id.replace(/^s-/, 'q-'))?.closest('.ev');
    if (!mark) return;
    mark.classList.add('ev--on');
    const text = mark.closest('.source'); // within its own box only: the page stays where it is
    text.scrollTop += mark.getBoundingClientRect().top - text.getBoundingClientRect().top - text.clientHeight / 3;
  });
  list.addEventListener('keydown', (e) => {
    if (!on.checked || e.ctrlKey || e.metaKey || e.altKey || e.target.matches('input:not([type="radio"]), button, a')) return;
    const item = e.target.closest('[data-suggestion]');
    if (!item) return;
    const move = (step) => items[items.indexOf(item) + step]?.querySelector('input:checked, input').focus();
    const choose = { a: 'accepted', r: 'rejected', u: 'suggested' }[e.key.toLowerCase()];
    if (choose) {
      item.querySelector(`input[value="${choose}"]`).checked = true;
      list.dispatchEvent(new Event('change', { bubbles: true }));
      move(1);
    } else if (e.key === 'ArrowDown') move(1);
    else if (e.key === 'ArrowUp') move(-1);
    else return;
    e.preventDefault();
  });

  // What is typed is kept as one goes; saving makes it part of the corpus.
  const said = $('[data-kept]', form)[0], box = $('[data-preview-box]', form)[0], here = $('[data-preview-here]', form)[0];
  let waiting, asking, going = false;
  const send = (address, action) => { // form.action is the field of that name
    const data = new FormData(form);
    if (action) data.set('do', action);
    return fetch(address, { method: 'POST', body: data, signal: asking.signal });
  };
  const renewed = async () => { // who signed in again elsewhere has another token
    const page = new DOMParser().parseFromString(await (await fetch('/curate/new')).text(), 'text/html');
    const token = page.querySelector('form[action$="/new"] [name="csrf_token"]');
    if (token) form.elements.csrf_token.value = token.value;
    return Boolean(token);
  };
  const keep = async () => {
    if (going) return;
    asking?.abort();
    asking = new AbortController();
    try {
      let answer = await send(form.getAttribute('action'), 'keep');
      if (!answer.ok && await renewed()) answer = await send(form.getAttribute('action'), 'keep');
      const when = new Date().toLocaleTimeString();
      said.textContent = answer.ok ? said.dataset.words.replace('#', when) : 'Not kept: sign in again in another window.';
      if (box.open) await look();
    } catch (error) { if (error.name !== 'AbortError') said.textContent = 'Not kept: there is no connection.'; }
  };
  const look = async () => {
    asking ??= new AbortController();
    const answer = await send(form.dataset.preview);
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    here.replaceChildren(...page.body.childNodes);
  };
  const soon = (e) => {
    if (e.target === on) return;
    clearTimeout(waiting);
    waiting = setTimeout(keep, 1500);
  };
  form.addEventListener('input', soon);
  form.addEventListener('change', soon);
  form.addEventListener('submit', (e) => {
    if (e.submitter?.value === 'preview') return;
    going = true;
    clearTimeout(waiting);
    asking?.abort(); // a late one would bring back what is saved by then
  });
  box.addEventListener('toggle', () => { if (box.open) look(); });

  // Words of the summary are counted while one writes.
  const summary = form.elements.abstract, hint = summary?.closest('.field').querySelector('.hint');
  summary?.addEventListener('input', () => {
    const words = summary.value.trim().split(/\s+/).filter(Boolean).length;
    hint.textContent = hint.textContent.replace(/\d+\.$/, `${words}.`);
  });

  document.getElementById('problems')?.focus();
})();
