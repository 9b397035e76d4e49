// Small comforts. Every page works without this file; what it adds is attached by data-module, and forms are sent once.

// A second click while the first is on its way is dropped. The server drops it too: this only spares the wait.
// Forms that answer with a download stay on the page, so they say data-again and may be sent again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || "again" in form.dataset || event.defaultPrevented) return;
  if ("sent" in form.dataset) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "";
  form.setAttribute("aria-busy", "true");
});

// Coming back with the browser's button shows the page as it was left: it may be sent again then.
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
  }
});

// A page that answers a form stands in the history under an address that can be opened: the back button finds a page there, not the
// browser's question whether to send it once more. Forms without an address of their own keep the one that the page came from.
const [arrival] = performance.getEntriesByType("navigation");
const { answers } = document.body.dataset;
const before = document.referrer.startsWith(`${location.origin}/`) ? new URL(document.referrer) : null;
// The page of a form may need the query that what is sent leaves out.
const address = answers === "here" && before?.pathname !== location.pathname ? location.href : before?.href;
if (answers && address) {
  for (const form of document.querySelectorAll("form:not([action])")) form.setAttribute("action", location.href);
  history.replaceState(history.state, "", address);
}

const isChanged = (control) => {
  if (!control.name || control.type === "hidden" || control.matches("button, output, fieldset")) return false;
  if (control.type === "checkbox" || control.type === "radio") return control.checked !== control.defaultChecked;
  if (control.type === "file") return control.files.length > 0;
  if (control instanceof HTMLSelectElement) {
    const options = [...control.options];
    // Without a chosen option in the page, the browser shows the first.
    const isGiven = options.some((option) => option.defaultSelected);
    return options.some((option, n) => option.selected !== (isGiven ? option.defaultSelected : n === 0 && !control.multiple));
  }
  return control.value !== control.defaultValue;
};

const modules = {
  // Work that goes on behind the page: its part is fetched again every second, until the server no longer marks it.
  refresh(part) {
    const again = async () => {
      try {
        const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
        const next = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(part.id);
        if (!answer.ok || !next) return;
        part.replaceChildren(...next.childNodes);
        if (next.dataset.module?.includes("refresh")) setTimeout(again, 1000);
        else location.reload();
      } catch {
        setTimeout(again, 5000);
      }
    };
    setTimeout(again, 1000);
  },

  // The search field: what may be meant, chosen by arrows or pointer. An answer that the next letter has overtaken is dropped.
  suggest(form) {
    const field = form.querySelector("input[type=search]");
    const list = document.createElement("ul");
    const said = document.createElement("span");
    const options = () => [...list.querySelectorAll("[role=option]")];
    let active = -1;
    let asking;
    let wait;
    let made = "";
    // The list stands for the words that it was made for: beside others it is greyed out, and nothing of it can be chosen.
    const isOld = () => field.value.trim() !== made;

    Object.assign(list, { id: `${field.id}-list`, className: "suggestions", hidden: true });
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", form.dataset.label);
    said.className = "vh";
    said.setAttribute("role", "status");
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-autocomplete", "list");
    field.setAttribute("aria-controls", list.id);
    field.setAttribute("aria-expanded", "false");
    form.append(list, said);

    const mark = (next) => {
      const all = options();
      active = all.length ? (next + all.length + 1) % (all.length + 1) : -1;
      // One place behind the last stands for the field itself.
      if (active === all.length) active = -1;
      all.forEach((option, n) => option.setAttribute("aria-selected", String(n === active)));
      if (active < 0) field.removeAttribute("aria-activedescendant");
      else {
        field.setAttribute("aria-activedescendant", all[active].id);
        all[active].scrollIntoView({ block: "nearest" });
      }
    };
    const close = () => {
      asking?.abort();
      clearTimeout(wait);
      list.hidden = true;
      said.textContent = "";
      field.setAttribute("aria-expanded", "false");
      mark(-1);
    };
    const line = (item, n) => {
      const option = document.createElement("li");
      const note = document.createElement("small");
      option.id = `${list.id}-${n}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", "false");
      option.dataset.url = item.url;
      const text = document.createElement("span");
      text.textContent = item.text;
      if (item.lang) text.lang = item.lang;
      note.textContent = item.note ? `${item.group} · ${item.note}` : item.group;
      option.append(text, note);
      return option;
    };
    const ask = async () => {
      const typed = field.value.trim();
      asking?.abort();
      // One letter says too little, one Chinese sign is a word.
      if (typed.length < 2 && !/\p{Script=Han}/u.test(typed)) return close();
      asking = new AbortController();
      try {
        const answer = await fetch(`${form.dataset.from}?q=${encodeURIComponent(typed)}`, { signal: asking.signal });
        if (!answer.ok) return close();
        const { items, said: words } = await answer.json();
        list.replaceChildren(...items.map(line));
        made = typed;
        list.setAttribute("aria-disabled", String(isOld()));
        active = -1;
        field.removeAttribute("aria-activedescendant");
        list.hidden = items.length === 0 || document.activeElement !== field;
        field.setAttribute("aria-expanded", String(!list.hidden));
        said.textContent = words;
      } catch (fault) {
        // The line is gone: the form works without a list, and one of other words says something wrong. Or the next letter came first.
        if (fault.name !== "AbortError") close();
      }
    };

    const askSoon = () => {
      // Whoever types on has chosen nothing: Enter searches for what is typed.
      mark(-1);
      clearTimeout(wait);
      asking?.abort();
      list.setAttribute("aria-disabled", String(isOld()));
      // Who is back at the words of the list has it already: no answer comes that could take a mark away.
      if (!isOld() && !list.hidden) return;
      // Emptied, so that a count is read out again when that of other words is the same.
      said.textContent = "";
      wait = setTimeout(ask, 120);
    };
    // While an input method puts signs together, letters, arrows and Enter are its own.
    field.addEventListener("input", (event) => event.isComposing || askSoon());
    field.addEventListener("compositionend", askSoon);
    field.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Escape" && !list.hidden) {
        event.preventDefault();
        close();
      } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !list.hidden) {
        event.preventDefault();
        if (!isOld()) mark(event.key === "ArrowDown" ? active + 1 : active < 0 ? options().length - 1 : active - 1);
      } else if (event.key === "ArrowDown") ask();
      else if (event.key === "Enter" && active >= 0) {
        event.preventDefault();
        location.assign(options()[active].dataset.url);
      } else if (["Home", "End", "ArrowLeft", "ArrowRight"].includes(event.key)) mark(-1); // back among the letters
    });
    // The field keeps the cursor, so that a press on the list does not close it before it counts.
    list.addEventListener("mousedown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option && !isOld()) location.assign(option.dataset.url);
    });
    field.addEventListener("blur", close);
  },

  // Where the tabs are wider than a phone, the one that is open is seen, also after the phone is turned.
  tabs(nav) {
    const open = nav.querySelector("[aria-current]");
    if (!open) return;
    const show = () => (nav.scrollLeft += open.getBoundingClientRect().right - nav.getBoundingClientRect().right);
    new ResizeObserver(show).observe(nav);
  },

  // A long form: counts what is not saved in its bar, and asks before the page is left.
  guard(form) {
    const shown = form.querySelector("[data-unsaved]");
    // After a refusal the page already holds unsaved words that look like its own.
    const isRefused = Boolean((shown && !shown.hidden) || form.querySelector("[aria-invalid]"));
    const words = shown?.textContent;
    let isDirty = isRefused;

    const count = () => {
      // Two radio buttons of one question are one change.
      const names = new Set([...form.elements].filter(isChanged).map((control) => control.name));
      isDirty = isRefused || names.size > 0;
      if (!shown) return;
      shown.hidden = !isDirty;
      if (names.size === 0) shown.textContent = words;
      else shown.textContent = names.size === 1 ? shown.dataset.one : shown.dataset.many.replace("#", names.size);
    };
    const leave = (event) => {
      if (isDirty && !("sent" in form.dataset)) event.preventDefault();
    };

    form.addEventListener("input", count);
    form.addEventListener("change", count);
    form.querySelector("[data-discard]")?.addEventListener("click", () => window.removeEventListener("beforeunload", leave));
    window.addEventListener("beforeunload", leave);
    count();
  },

  // A form that is answered before anything is done: whoever comes back to the answer finds what was sent, kept with its place in the
  // history until it is sent again. Where the answer has fields of its own, such as the rows that were read, it is asked for anew.
  kept(form) {
    const isChosen = ({ type }) => type === "checkbox" || type === "radio";
    const typed = [...form.elements].filter(
      (control) => control.name && !["hidden", "file"].includes(control.type) && !control.matches("button, output, fieldset"),
    );

    if (answers) {
      const sent = () => typed.filter((control) => !isChosen(control) || control.checked).map(({ name, value }) => [name, value]);
      const keep = () => history.replaceState({ sent: sent() }, "");
      form.addEventListener("change", keep);
      form.addEventListener("submit", () => history.replaceState(null, ""));
      keep();
      return;
    }
    const sent = history.state?.sent ?? [];
    for (const control of sent.length ? typed : []) {
      const values = sent.filter(([name]) => name === control.name).map(([, value]) => value);
      if (isChosen(control)) control.checked = values.includes(control.value);
      else if (values.length) [control.value] = values;
    }
    const others = sent.filter(([name]) => !form.elements.namedItem(name));
    for (const [name, value] of others) form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
    if (others.length) form.requestSubmit();
    else form.dispatchEvent(new Event("input"));
  },

  // Why a hit is there is fetched when its fold is opened. Until then, and without a line, the link to its page stands there.
  why(fold) {
    fold.addEventListener("toggle", async () => {
      const link = fold.querySelector("a");
      if (!fold.open || !link) return;
      try {
        const answer = await fetch(link.href, { headers: { Accept: "text/html" } });
        const reasons = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("reasons");
        if (!answer.ok || !reasons) return;
        reasons.removeAttribute("id");
        link.parentElement?.replaceWith(reasons);
      } catch {
        // The link leads there as soon as the line is back.
      }
    });
  },

  // What is ticked to compare is kept at once, in the cookie that the server reads: over pages, other windows and log-in.
  compared(form) {
    if (!navigator.cookieEnabled) return;
    const said = document.getElementById("ticked");
    const { limit, most, few, one, many, over, full } = said.dataset;
    const kept = () => {
      const found = document.cookie.split("; ").find((cookie) => cookie.startsWith("compare="));
      return found ? found.slice("compare=".length).split(".").filter(Boolean) : [];
    };
    const keep = (ids) => {
      const secure = location.protocol === "https:" ? "; secure" : "";
      document.cookie = `compare=${ids.join(".")}; path=/; max-age=${ids.length ? 30 * 86400 : 0}; samesite=lax${secure}`;
    };
    const tell = (n) => {
      const words = n === 0 ? few : n === 1 ? one : n <= Number(limit) ? many : over;
      said.textContent = words.replace("#", n);
    };

    form.addEventListener("change", ({ target }) => {
      if (target.name !== "variant") return;
      const others = kept().filter((id) => id !== target.value);
      if (target.checked && others.length >= Number(most)) {
        target.checked = false;
        said.textContent = full;
        return;
      }
      const ids = target.checked ? [...others, target.value] : others;
      keep(ids);
      tell(ids.length);
    });
    // Coming back, the page shows what was ticked or taken out meanwhile.
    window.addEventListener("pageshow", () => {
      const ids = kept();
      for (const box of form.querySelectorAll("[name=variant]")) box.checked = ids.includes(box.value);
      tell(ids.length);
    });
  },

  // A quantity that is typed in the form beside is the one that is sent, also before the page was asked for its price.
  typed(form) {
    const field = document.getElementById(form.dataset.field);
    const button = form.querySelector("button");
    const words = button.textContent;
    const follow = () => {
      form.elements[field.name].value = field.value;
      button.textContent = isChanged(field) ? form.dataset.words : words;
    };

    field.addEventListener("input", follow);
    window.addEventListener("pageshow", follow);
  },
};

for (const element of document.querySelectorAll("[data-module]")) {
  for (const name of element.dataset.module.split(" ")) modules[name]?.(element);
}
