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
