// Small comforts only. Every page works without this file.
(() => {
  const $ = (s, root = document) => [...root.querySelectorAll(s)];

  // Menus: close with Escape (focus returns to the button) or by a click elsewhere.
  document.addEventListener('keydown', (e) => {
    if (e.key !== 'Escape') return;
    for (const menu of $('details.menu[open]')) { menu.open = false; menu.querySelector('summary').focus(); }
  });
  document.addEventListener('click', (e) => {
    for (const menu of $('details.menu[open]')) if (!menu.contains(e.target)) menu.open = false;
  });

  // Ticked filters do nothing until they are applied: say so, or they get lost by a click on a link.
  for (const form of $('.filters')) form.addEventListener('change', () => {
    for (const note of $('[data-pending]', form)) note.textContent = note.dataset.pending;
  });

  // Search boxes suggest while one types (a combobox with a list). Enter without a choice searches as ever.
  const make = (tag, attributes = {}, ...inside) => {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...inside);
    return made;
  };
  for (const input of $('[data-suggest]')) {
    const words = JSON.parse(input.dataset.words), language = document.documentElement.lang;
    const rules = new Intl.PluralRules(language);
    const counted = ([one, more], n) => (rules.select(n) === 'one' ? one : more).replace('#', n.toLocaleString(language));
    const list = make('ul', { id: `${input.id}-list`, class: 'suggest', role: 'listbox', 'aria-label': words.list, hidden: '' });
    const said = make('span', { class: 'vh', role: 'status' });
    input.after(list, said);
    const still = { role: 'combobox', 'aria-autocomplete': 'list', 'aria-controls': list.id, 'aria-expanded': 'false' };
    for (const [name, value] of Object.entries(still)) input.setAttribute(name, value);

    let at = -1, waiting, asking;
    const mark = (to) => { // the option that Enter would take; none is -1
      list.children[at]?.removeAttribute('aria-selected');
      at = to;
      input.removeAttribute('aria-activedescendant');
      const option = list.children[at];
      if (!option) return;
      option.setAttribute('aria-selected', 'true');
      option.scrollIntoView({ block: 'nearest' });
      input.setAttribute('aria-activedescendant', option.id);
    };
    const show = (open) => {
      mark(-1);
      said.textContent = '';
      list.hidden = !open;
      input.setAttribute('aria-expanded', open);
    };
    const rest = () => { // nothing is on its way any more
      clearTimeout(waiting);
      asking?.abort();
    };
    const option = ({ kind, label, value, language, count, url }, number) => {
      const what = [kind === 'target' && /^\d+$/.test(value) ? `${words.kinds.target} ${value}` : words.kinds[kind]];
      if (count) what.push(counted(words.cases, count));
      const made = make('li', { id: `${list.id}-${number}`, class: 'suggest__option', role: 'option' },
        make('span', { class: 'suggest__label' }, make('bdi', { lang: language }, label)), ' ', make('span', { class: 'n' }, what.join(' · ')));
      made.dataset.path = new URL(url).pathname; // on this host, whatever name the hub calls itself by
      return made;
    };
    const ask = async (q) => {
      asking = new AbortController();
      try {
        const answer = await fetch(`${input.dataset.suggest}&q=${encodeURIComponent(q)}`, { signal: asking.signal });
        if (!answer.ok) return;
        const found = (await answer.json()).suggestions;
        list.replaceChildren(...found.map(option));
        show(found.length > 0);
        said.textContent = found.length ? counted(words.found, found.length) : words.none;
      } catch { /* given up for a newer question, or there is no connection */ }
    };
    const typed = (event) => {
      if (event.isComposing) return;
      rest();
      list.replaceChildren(); // what it held was for other words
      show(false);
      const q = input.value.trim().slice(0, 100);
      if (q.length > 1 || /[\d\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]/.test(q)) {
        waiting = setTimeout(ask, 150, q);
      }
    };
    const go = (chosen) => { show(false); location.assign(chosen.dataset.path); };

    input.addEventListener('input', typed);
    input.addEventListener('compositionend', typed);
    input.addEventListener('keydown', (e) => {
      const last = list.children.length - 1;
      if (e.isComposing || e.ctrlKey || e.metaKey) return;
      if (last < 0) { if (e.key === 'ArrowDown') typed(e); return; }
      const before = at;
      if (e.key === 'ArrowDown' || e.key === 'ArrowUp') {
        if (list.hidden) show(true);
        if (!e.altKey) mark(e.key === 'ArrowDown' ? (before < last ? before + 1 : 0) : (before > 0 ? before - 1 : last));
        else if (e.key === 'ArrowUp') show(false);
      } else if (e.key === 'Escape' && !list.hidden) show(false);
      else if (e.key === 'Enter' && before >= 0) go(list.children[before]);
      else { // Home, End and the other arrows move in the text again
        if (/^(Home|End|Arrow.*)$/.test(e.key)) mark(-1);
        return;
      }
      e.preventDefault();
    });
    const leave = () => { rest(); show(false); list.replaceChildren(); };
    input.addEventListener('blur', leave);
    input.form.addEventListener('submit', leave);
    list.addEventListener('mousedown', (e) => e.preventDefault()); // the focus stays in the field
    list.addEventListener('click', (e) => { const chosen = e.target.closest('li'); if (chosen) go(chosen); });
  }

  // Copy buttons appear only where the clipboard can be written.
  if (navigator.clipboard) for (const button of $('[data-copy]')) {
    button.hidden = false;
    const label = button.innerHTML;
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.setAttribute('aria-live', 'polite');
      button.textContent = button.dataset.copied;
      setTimeout(() => { button.innerHTML = label; }, 2000);
    });
  }
})();
