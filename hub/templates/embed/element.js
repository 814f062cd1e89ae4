// <gbf-cases target="8" country="FRA" limit="5" lang="fr">: case studies on any page. {{ guide }}
(() => {
  if (customElements.get('gbf-cases')) return;
  {# A module is no current script. #}
  const own = document.currentScript ?? [...document.scripts].find(({ src }) => /\/embed\.js(\?|$)/.test(src));
  const HUB = {{ base | tojson }} || new URL(own.src).origin, SITE = {{ site | tojson }};
  const WORDS = {{ words | tojson }};
  const ASKED = {{ asked | tojson }};

  const style = new CSSStyleSheet(); {# a constructed one, which no policy of the page forbids #}

  style.replaceSync(`
    :host { display: block !important; position: static !important; opacity: 1 !important }
    :host([hidden]), [hidden] { display: none !important }
    div { all: initial; display: block; direction: ltr; line-height: 1.5; overflow-wrap: anywhere; font-family: var(--gbf-font, inherit); font-size: max(13px, 1em); color: var(--gbf-ink, inherit); background: var(--gbf-paper, none) }
    p, ul { margin: 0; padding: 0; list-style: none }
    a { color: var(--gbf-accent, inherit) }
    a:focus-visible { outline: 3px solid; outline-offset: 2px }
    mark { background: none; color: inherit; font-weight: 600 }
    iframe { border: 0; width: 100% }
    .case { padding: .75em 0; border-top: 1px solid }
    .title, .target { font-weight: 600 }
    .passage { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden }
    .targets { display: flex; flex-wrap: wrap; gap: .4em; margin-top: .3em }
    .target { position: relative; min-width: 1em; padding: 0 .4em; border: 2px solid; border-radius: 4px; text-align: center }
    .g2 { border-radius: 1em } .g3 { border-radius: .7em .15em }
    .foot { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 0 1em; padding: .5em 0; border-top: 1px solid }
    .unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }`);

  {# Data becomes text and nothing else. #}
  const make = (tag, name, inside = [], attributes = {}) => {
    const made = document.createElement(tag);
    for (const [key, value] of Object.entries({ class: name, part: name.split(' ')[0], ...attributes })) made.setAttribute(key, value);
    made.append(...[inside].flat());
    return made;
  };
  const link = (name, text, url) => make('a', name, text, { href: /^https?:/.test(url) ? url : HUB, target: '_top' });
  const labels = (options, found = {}) => {
    for (const { value, label, children } of options) { found[value] = label; labels(children, found); }
    return found;
  };

  customElements.define('gbf-cases', class extends HTMLElement {
    static observedAttributes = [...ASKED, 'limit', 'lang'];

    constructor() {
      super();
      {# What stands inside the element is shown until there is something better. #}
      this.inside = make('slot', 'inside');
      this.said = make('p', 'status', [], { role: 'status' });
      this.list = make('ul', 'list', [], { role: 'list' });
      this.foot = make('p', 'foot');
      this.box = make('div', 'box', [this.said, this.list, this.foot]);
      const root = this.attachShadow({ mode: 'open' });
      root.adoptedStyleSheets = [style];
      root.append(this.inside, this.box);
      this.heard = ({ source, data }) => {
        const height = data?.['gbf-cases'];
        if (source !== this.frame?.contentWindow || !(height > 0 && height < 3e4)) return;
        this.frame.height = height; {# only now it is certain that the frame shows something #}

        this.inside.hidden = true;
      };
    }

    connectedCallback() { addEventListener('message', this.heard); this.attributeChangedCallback(); }
    disconnectedCallback() { removeEventListener('message', this.heard); this.asking?.abort(); }
    attributeChangedCallback() { {# several that change together are one question #}

      if (!this.waiting) queueMicrotask(() => { this.waiting = false; if (this.isConnected) this.load(); });
      this.waiting = true;
    }

    asked(limit) {
      const found = new URLSearchParams();
      for (const name of ASKED) {
        const text = this.getAttribute(name) ?? '';
        for (const value of name === 'q' ? [text] : text.split(/[\s,]+/)) if (value) found.append(name, value);
      }
      found.append(limit, Math.min(Math.max(parseInt(this.getAttribute('limit')) || {{ default }}, 1), {{ most }}));
      found.append('lang', this.box.lang);
      return found;
    }

    async load() {
      this.asking?.abort();
      const { signal } = this.asking = new AbortController();
      const tag = (this.closest('[lang]')?.lang ?? '').slice(0, 2).toLowerCase();
      this.box.lang = tag in WORDS ? tag : 'en';
      this.words = WORDS[this.box.lang];
      this.box.ariaBusy = true;
      this.said.textContent = this.words.loading;
      let answer, found;
      try {
        answer = await fetch(`${HUB}/api/v1/search?${this.asked('per_page')}`, { signal, credentials: 'omit' });
        found = await answer.json();
      } catch {}
      if (signal.aborted) return;
      if (!answer) this.framed();
      else if (answer.ok && found) this.cases(found);
      else this.show((found?.parameter && found.detail) || this.words.wrong);
    }

    show(said, cases = [], foot = []) {
      this.frame?.remove();
      this.said.textContent = said;
      this.list.replaceChildren(...cases);
      this.foot.replaceChildren(...foot);
      this.list.hidden = !cases.length;
      this.inside.hidden = !(this.foot.hidden = !foot.length);
      this.box.ariaBusy = false;
    }

    cases({ total, hits, facets, links }) {
      const { lang } = this.box, { words } = this, form = new Intl.PluralRules(lang).select(total) === 'one' ? 0 : 1;
      const counted = (forms) => forms[form].replace('#', total.toLocaleString(lang));
      const named = Object.fromEntries(facets.map(({ name, options }) => [name, labels(options)]));
      this.show(counted(words.cases), hits.map(({ title, language, snippet, countries, targets, began, ended, links }) => {
        const [from, to] = [began, ended].map((date) => (date ?? '').slice(0, 4)), foreign = { lang: language, dir: 'auto' };
        const years = from && to && from !== to ? `${from}–${to}` : from && !to ? words.since.replace('#', from) : to;
        const places = countries.slice(0, 3).map((code) => named.country[code] ?? code).join(', ') + (countries[3] ? ' …' : '');
        return make('li', 'case', [
          make('p', 'title', link('link', title.replaceAll(' - ', ' – '), links.html), foreign),
          make('p', 'meta', [places, years].filter(Boolean).join(' · ')),
          make('p', 'passage', snippet.spans.map(({ text, match }) => (match ? make('mark', 'mark', text) : text)), foreign),
          make('ul', 'targets', targets.map((n) => make('li', `target g${n < 9 ? 1 : n < 14 ? 2 : 3}`, [
            make('span', 'unseen', `${words.target} `), n, make('span', 'unseen', `: ${named.target[n]}`),
          ])), { role: 'list', 'aria-label': words.targets }),
        ]);
      }), [link('more', counted(words.all), links.html), link('hub', SITE, HUB)]);
    }

    {# The page may not ask the hub itself, or there is no connection: a frame may get through. #}
    framed() {
      const asked = this.asked('limit'), look = getComputedStyle(this);
      for (const name of {{ colours | tojson }}) {
        const given = look.getPropertyValue(`--gbf-${name}`).trim();
        if (/^#([\da-f]{3}){1,2}$/i.test(given)) asked.append(name, given);
      }
      if (!/dark/.test(look.colorScheme)) asked.append('scheme', 'light');
      this.show('');
      this.frame = make('iframe', 'frame', [], {
        title: SITE, src: `${HUB}/embed/search?${asked}&resize=1`, height: 1,
        sandbox: 'allow-scripts allow-popups allow-popups-to-escape-sandbox',
      });
      this.box.append(this.frame);
    }
  });
})();
