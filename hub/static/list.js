// Remembers the list of chosen cases in this browser. Without this file the list stands in the address of its page alone.
(() => {
  const KEY = 'list';
  const head = document.querySelector('[data-list]');
  const $ = (s) => [...document.querySelectorAll(s)];
  if (!head) return;
  const most = Number(head.dataset.list), longest = Number(head.dataset.longest), page = head.getAttribute('href');
  const query = (ids) => (ids.length ? '?' + ids.map((id) => `id=${encodeURIComponent(id)}`).join('&') : '');
  const address = (ids) => page + query(ids);
  const fits = (ids) => ids.length <= most && query(ids).length <= longest;

  const read = () => {
    try {
      const found = JSON.parse(localStorage.getItem(KEY)).filter((id) => typeof id === 'string').slice(0, most);
      while (!fits(found)) found.pop();
      return found;
    } catch { return []; }
  };
  // Says whether the browser had room for it; in any case the page shows what is remembered now.
  const write = (ids) => {
    try {
      if (ids.length) localStorage.setItem(KEY, JSON.stringify(ids));
      else localStorage.removeItem(KEY);
      return true;
    } catch { return false; } finally { show(); }
  };
  try { localStorage.getItem(KEY); } catch { return; } // it may not be used here: then forms do what they do without script

  const said = document.createElement('span');
  said.className = 'vh';
  said.setAttribute('role', 'status');
  document.body.append(said);

  // Adds or takes out one case; says what was done in the words of `form`.
  const toggle = (id, wanted, form) => {
    const others = read().filter((one) => one !== id), ids = wanted ? [...others, id] : others;
    if (!fits(ids)) {
      said.textContent = form.dataset.full;
      show();
    } else if (write(ids)) said.textContent = wanted ? form.dataset.added : form.dataset.removed;
    else location.assign(address(ids)); // an address has room for what the browser has not
  };

  const boxes = $('input[form=pick]'), keepers = $('form[data-pick]');
  const pick = document.getElementById('pick'), shown = document.querySelector('[data-shown]');
  const here = shown ? shown.dataset.shown.split(' ') : [];
  const remembers = (ids) => { const mine = read(); return ids.length === mine.length && ids.every((id) => mine.includes(id)); };
  const mine = () => remembers(here);

  const show = () => {
    const ids = read();
    head.hidden = !ids.length;
    head.href = address(ids);
    head.querySelector('.count').textContent = ids.length;
    for (const box of boxes) box.checked = ids.includes(box.value);
    for (const form of keepers) {
      const words = form.querySelector('button span');
      form.dataset.in ??= words.textContent;
      words.textContent = ids.includes(form.dataset.pick) ? form.dataset.out : form.dataset.in;
    }
    if (shown) {
      shown.querySelector('[data-mine]').hidden = !mine();
      shown.querySelector('[data-remember]').hidden = here.every((id) => ids.includes(id));
    }
  };

  for (const box of boxes) box.addEventListener('change', () => toggle(box.value, box.checked, pick));
  if (pick) { // what is ticked is remembered, on other pages too: the list holds it all
    pick.querySelector('span').textContent = pick.dataset.all;
    pick.addEventListener('submit', (e) => { e.preventDefault(); location.assign(address(read())); });
  }
  for (const form of keepers) form.addEventListener('submit', (e) => {
    e.preventDefault();
    toggle(form.dataset.pick, !read().includes(form.dataset.pick), form);
  });
  document.querySelector('[data-remember]')?.addEventListener('click', () => {
    const ids = [...new Set([...read(), ...here])], told = shown.querySelector('[data-failed]');
    if (!fits(ids)) told.textContent = told.dataset.full;
    else if (!write(ids)) told.textContent = told.dataset.failed;
    else {
      told.textContent = '';
      head.focus(); // what was pressed is gone
    }
  });
  // What is taken out of the page of the remembered list is forgotten too; of somebody else's list it is not.
  document.getElementById('cases')?.addEventListener('submit', (e) => {
    if (mine()) write(read().filter((id) => id !== e.submitter?.value));
  });
  document.querySelector('[data-empty]')?.addEventListener('click', () => { if (mine()) write([]); });

  // The page says which of the remembered cases are gone or have other ids now: from here on the list is what it shows.
  const asked = document.querySelector('[data-asked]')?.dataset.asked.split(' ');
  if (asked && remembers(asked)) write(here);

  addEventListener('storage', show); // another window
  addEventListener('pageshow', show); // back from another page
  show();
})();
