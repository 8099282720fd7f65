/* What a search field suggests while one types: a combobox whose list the server writes. Without it the field is a field. */

const WAIT = 150, SHORTEST = 2;

for (const field of document.querySelectorAll("[data-suggest]")) {
  const box = document.createElement("div"), told = document.createElement("p");
  box.className = "suggested";
  box.id = `${field.id}-suggested`;
  box.hidden = true;
  told.className = "visually-hidden";
  told.setAttribute("role", "status");
  field.form.append(box, told);
  field.setAttribute("role", "combobox");
  field.setAttribute("aria-autocomplete", "list");
  field.setAttribute("aria-expanded", "false");

  let waiting, asking, options = [], at = -1;

  function close() {
    clearTimeout(waiting);
    asking?.abort();
    box.hidden = true;
    box.replaceChildren();
    options = [];
    at = -1;
    told.textContent = "";
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-controls");
    field.removeAttribute("aria-activedescendant");
  }

  function point(to) {
    options[at]?.setAttribute("aria-selected", "false");
    at = to;
    options[at]?.setAttribute("aria-selected", "true");
    options[at]?.scrollIntoView({ block: "nearest" });
    if (options[at]) field.setAttribute("aria-activedescendant", options[at].id);
    else field.removeAttribute("aria-activedescendant");
  }

  function show(list) {
    options = [...list.children];
    at = -1;
    field.removeAttribute("aria-activedescendant");
    if (!options.length) { close(); return; }
    list.id = `${box.id}-list`;
    options.forEach((option, n) => { option.id = `${list.id}-${n}`; });
    box.replaceChildren(list);
    box.hidden = false;
    told.textContent = list.dataset.told;
    field.setAttribute("aria-controls", list.id);
    field.setAttribute("aria-expanded", "true");
  }

  async function ask() {
    asking?.abort();
    const mine = asking = new AbortController(), typed = field.value;
    try {
      const answer = await fetch(`${field.dataset.suggest}?${new URLSearchParams({ q: typed })}`, { signal: mine.signal });
      const page = new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html");
      const list = page.querySelector("[role=listbox]");
      if (mine.signal.aborted || document.activeElement !== field) return;
      if (list) show(list);
      else close();
    } catch { /* an older question, or the network is away: the field is a field */ }
  }

  function askSoon() {
    clearTimeout(waiting);
    if (field.value.trim().length < SHORTEST) close();
    else waiting = setTimeout(ask, WAIT);
  }

  field.addEventListener("input", askSoon);
  field.addEventListener("blur", close);
  field.form.addEventListener("submit", close);
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && box.hidden) askSoon();
    if (box.hidden) {
      if (event.key === "Escape") close(); /* what is still asked for is not shown */
      return;
    }
    const places = options.length + 1; /* one of them is the field itself */
    if (step) point(((at + 1 + step + places) % places) - 1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && options[at]) location.assign(options[at].dataset.href);
    else return;
    event.preventDefault();
  });

  box.addEventListener("mousedown", (event) => event.preventDefault()); /* the field keeps its focus */
  box.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) location.assign(option.dataset.href);
  });
}
