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

  // A long form: counts what is not saved in its bar, and asks before the page is left.
  guard(form) {
    const shown = form.querySelector("[data-unsaved]");
    // After a refusal the page already holds unsaved words that look like its own.
    const isRefused = Boolean(shown && !shown.hidden);
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
};

for (const element of document.querySelectorAll("[data-module]")) {
  for (const name of element.dataset.module.split(" ")) modules[name]?.(element);
}
