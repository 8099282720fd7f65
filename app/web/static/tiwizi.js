/* What script adds to pages that work without it: menus and dialogs that close, forms that send once, previews, steppers, live filters. */

const all = (selector, root = document) => [...root.querySelectorAll(selector)];

/* Menus close on Escape and when one looks elsewhere. */
function closeMenus(except) {
  for (const menu of all("details.menu[open]")) if (menu !== except) menu.open = false;
}
document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest("details.menu[open]");
  closeMenus();
  menu?.querySelector("summary").focus();
});

/* A dialog becomes modal: the page behind it rests, focus stays inside and comes back. */
for (const dialog of all("dialog[popover]")) {
  if (!dialog.showModal) continue;
  dialog.removeAttribute("popover");
  for (const button of all(`[popovertarget="${dialog.id}"]`)) {
    const hides = button.getAttribute("popovertargetaction") === "hide";
    button.removeAttribute("popovertarget");
    button.addEventListener("click", () => (hides ? dialog.close() : dialog.showModal()));
  }
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
}

/* A form is sent once. The button says so and wakes again when the page is shown from the browser's memory. */
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!("once" in form.dataset)) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  form.setAttribute("aria-busy", "true");
  setTimeout(() => { for (const button of all("button[type=submit]", form)) button.disabled = true; });
});
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of all("form[data-sent]")) {
    delete form.dataset.sent;
    form.removeAttribute("aria-busy");
    for (const button of all("button[type=submit]", form)) button.disabled = false;
  }
});

/* A language chosen in the middle of a form takes what was typed along; passwords and files are given again. */
let written;
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.getAttribute("method") === "post") written = form;
});
document.addEventListener("click", (event) => {
  const link = event.target.closest(":is(.site-head, .site-foot) a[hreflang]");
  if (!link || link.hreflang === document.documentElement.lang || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const form = written ?? document.querySelector("main form:is([data-keep], :has(.errors-summary, [name=form_page]))");
  if (!form) return;
  event.preventDefault();
  const carrier = document.createElement("form");
  carrier.method = "post";
  carrier.action = link.href;
  for (const [name, value] of [...new FormData(form), ["show_typed", form.getAttribute("action")]]) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value: typeof value === "string" ? value : value.name });
    carrier.append(field);
  }
  document.body.append(carrier);
  HTMLFormElement.prototype.submit.call(carrier);
});

/* Where tabs do not all fit, the one that is open is brought into sight. */
for (const open of all(".tabs [aria-current]")) {
  const bar = open.closest(".tabs"), here = open.getBoundingClientRect(), around = bar.getBoundingClientRect();
  bar.scrollBy(here.left + here.width / 2 - around.left - around.width / 2, 0);
}

/* Errors are the first thing one meets. */
document.querySelector("[data-focus]")?.focus();

/* What the drawing of an entry card holds behind # stays in the browser: it fills in the form and leaves the address. */
const card = document.getElementById("entry-card"), printed = /^#(\d{8})-(\d{10})$/.exec(location.hash);
if (card && printed) {
  [card.elements.number.value, card.elements.code.value] = printed.slice(1);
  history.replaceState(null, "", location.pathname + location.search);
}

/* A password can be looked at while it is typed. */
for (const button of all("[data-reveal]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    const field = document.getElementById(button.dataset.reveal);
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
  });
}

/* Chosen pictures are shown before they are sent (as data addresses: the content policy lets no other kind in). */
function shown(file) {
  const item = document.createElement("li");
  const image = document.createElement("img");
  image.alt = file.name;
  item.append(image);
  const reader = new FileReader();
  reader.addEventListener("load", () => { image.src = reader.result; });
  reader.readAsDataURL(file);
  return item;
}
for (const input of all("[data-preview]")) {
  const list = document.getElementById(input.dataset.preview);
  input.addEventListener("change", () => {
    list.replaceChildren(...[...input.files].filter((file) => file.type.startsWith("image/")).map(shown));
    list.hidden = !list.children.length;
  });
}

/* A list of choices in groups shows the group that another list names, and all of them while it names none. */
for (const inner of all("select[data-within]")) {
  const outer = inner.form.elements[inner.dataset.within], parts = [...inner.children];
  const narrow = () => {
    const chosen = inner.value, named = outer.selectedOptions[0];
    inner.replaceChildren(...parts.filter((part) => !outer.value || part.tagName === "OPTION" || part.label === named.label));
    inner.value = chosen;
    if (inner.selectedIndex < 0) inner.selectedIndex = 0;
  };
  outer.addEventListener("change", narrow);
  narrow();
}

/* Quantities have a minus and a plus. */
for (const quantity of all("[data-quantity]")) {
  const input = quantity.querySelector("input");
  for (const button of all("[data-step]", quantity)) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const { min = 0, max = Infinity } = input.dataset;
      const stepped = (Number.parseInt(input.value, 10) || 0) + Number(button.dataset.step);
      input.value = Math.max(Number(min), Math.min(Number(max), stepped));
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
}

/* Filters and sorting act at once; on a phone the filters are folded and wait for their button. */
const narrow = matchMedia("(max-width: 55rem)");
for (const facets of all("[data-facets]")) facets.open = !narrow.matches;
for (const form of all("form[data-live]")) {
  const folds = form.closest("[data-facets]");
  if (!folds) form.classList.add("is-live");
  form.addEventListener("change", (event) => {
    if (folds && (narrow.matches || event.target.classList.contains("figure"))) return;
    form.requestSubmit();
  });
  form.addEventListener("submit", () => {
    for (const field of all("input", form)) if (field.value === "") field.disabled = true;
  });
}

/* What goes on without the page is looked at again, ever more seldom, until it has ended. */
function follow(wait) {
  if (document.querySelector("[data-follow]")) setTimeout(async () => {
    try {
      const answer = await fetch(location.href);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const now = page.querySelector("#followed");
      if (answer.ok && now) document.querySelector("#followed").replaceWith(now);
    } catch { /* the network is away: the next look may find it */ }
    follow(Math.min(wait * 1.2, 15000));
  }, wait);
}
follow(2000);
