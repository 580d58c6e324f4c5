/** Finding who is speaking, by family name and birth date; looking at a record; saying that it is theirs. */

import { ask } from "./net.js";
import { h } from "./dom.js";
import { t } from "./texts.js";
import * as clock from "./clock.js";
import { panel } from "./panel.js";
import { called, card } from "./card.js";

/**
 * @param {HTMLElement} place
 * @returns {{show: (contact: any) => void, open: () => void}}
 */
export function seek(place) {
  let contact = null;
  const name = h("input", { id: "seek-name", autocomplete: "off", spellcheck: "false", maxlength: 80 });
  const born = h("input", { id: "seek-born", autocomplete: "off", inputmode: "numeric", maxlength: 10, "aria-describedby": "seek-how" });
  const said = h("p", { class: "said", role: "status" });
  const found = h("div", { class: "found" });
  const { open: reveal, close } = panel(place, () => name);
  place.replaceChildren(
    h("h2", { id: "seek" }, t("seek")),
    h("form", { on: { submit: (event) => { event.preventDefault(); find(); } } },
      h("div", { class: "pair" },
        h("div", {}, h("label", { for: "seek-name" }, t("seek.name")), name),
        h("div", {}, h("label", { for: "seek-born" }, t("seek.born")), born)),
      h("p", { class: "detail", id: "seek-how" }, t("seek.how")),
      h("div", { class: "acts" },
        h("button", { type: "submit", class: "main" }, t("seek.find")),
        h("button", { type: "button", on: { click: () => close(true) } }, t("seek.leave")))),
    said, found);

  const sorry = (answer) => { said.textContent = t(`refused.${answer.body?.reason ?? "away"}`); };

  async function find() {
    const day = birthDate(born.value);
    said.textContent = "";
    if (!name.value.trim() || !day) {
      said.textContent = t(name.value.trim() ? "refused.birth_date" : "refused.no_name");
      (name.value.trim() ? born : name).focus();
      return;
    }
    found.replaceChildren();
    const answer = await ask("POST", "/api/search", { interaction: contact.interaction, name: name.value, birth_date: day });
    if (answer.status !== 200) return sorry(answer);
    said.textContent = t(answer.body.length > 1 ? "seek.many" : answer.body.length ? "seek.one" : "seek.none", { count: answer.body.length });
    found.replaceChildren(h("ul", {}, answer.body.map(item)));
    found.querySelector("button")?.focus();
  }

  function item(person) {
    const title = called(person);
    const row = h("li", {},
      h("p", {}, h("strong", {}, title), " ", h("span", { class: "detail" }, [person.birth_name && person.birth_name !== person.last_name ? t("born.name", { name: person.birth_name }) : "", person.commune].filter(Boolean).join(" · "))),
      h("div", { class: "acts" }, h("button", { type: "button", "aria-label": `${t("seek.open")}\u00a0: ${title}`, on: { click: () => look(person, row) } }, t("seek.open"))));
    return row;
  }

  async function look(person, row) {
    const answer = await ask("POST", "/api/open", { interaction: contact.interaction, found: person.found });
    if (answer.status !== 200) return sorry(answer);
    const theirs = contact.number && !contact.outgoing
      ? h("input", { type: "checkbox" }) : null;
    row.replaceChildren(
      h("div", { class: "card" }, card(answer.body.card, "")),
      theirs ? h("label", { class: "choice small" }, theirs, h("span", {}, t("seek.theirs", { number: clock.number(contact.number) }))) : null,
      h("div", { class: "acts" }, h("button", { type: "button", class: "main", on: { click: () => itIs(person, theirs?.checked ?? false) } }, t("seek.it_is"))));
    row.querySelector("button").focus();
  }

  async function itIs(person, confirmed) {
    const answer = await ask("POST", "/api/name", { interaction: contact.interaction, found: person.found, confirmed });
    if (answer.status !== 200 || answer.body.done === false) return sorry(answer);
    if (answer.body.reason) {
      found.replaceChildren();
      return sorry(answer);
    }
    close(true);
  }

  return {
    open: () => {
      name.value = born.value = said.textContent = "";
      found.replaceChildren();
      reveal();
    },
    show: (now) => {
      const same = now?.interaction === contact?.interaction && ["talking", "wrap_up"].includes(now?.phase);
      if (!same) {
        close(false);
        found.replaceChildren();
      }
      contact = now;
    },
  };
}

/** 14/05/1991, 14.5.1991 or 14051991 → 1991-05-14; empty if it is no date. */
export function birthDate(text) {
  const parts = /^(\d{1,2})\D(\d{1,2})\D(\d{4})$/.exec(text.trim()) ?? /^(\d{2})(\d{2})(\d{4})$/.exec(text.trim());
  if (!parts) return "";
  const [, day, month, year] = parts;
  const iso = `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  const real = new Date(`${iso}T12:00:00Z`);
  return !Number.isNaN(real.getTime()) && real.toISOString().startsWith(iso) && real < new Date() ? iso : "";
}
