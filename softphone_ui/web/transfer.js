/**
 * Handing a conversation on: whom to is searched by words, chosen, and said again before anything happens.
 * An emergency service is chosen the same way, and called into the conversation instead.
 */

import { ask } from "./net.js";
import { h } from "./dom.js";
import { named, t } from "./texts.js";
import * as clock from "./clock.js";
import { panel } from "./panel.js";

const SECTIONS = { help: "help.section", entry: "transfer.entries", number: "transfer.number", agent: "transfer.colleagues", queue: "transfer.queues" };
const DIGITS = 3;
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const digits = (text) => text.replace(/\D/g, "");

/**
 * @param {HTMLElement} place
 * @returns {{show: (contact: any) => void, open: () => void, help: () => void}}
 */
export function transfer(place) {
  let contact = null;
  let all = [];
  let chosen = null;
  let dialled = null;
  let urgent = false;
  const heading = h("h2", { id: "transfer" });
  const advice = h("p", { class: "detail" });
  const blind = h("button", { type: "submit", class: "main" });
  const consult = h("button", { type: "button", on: { click: () => send(true) } }, t("transfer.consult"));
  const search = h("input", { id: "search", type: "search", autocomplete: "off", spellcheck: "false", maxlength: 80, on: { input: () => draw() } });
  const count = h("p", { class: "unseen", role: "status" });
  const list = h("div", { class: "reachable" });
  const said = h("p", { class: "said", role: "alert" });
  const form = h("form", { on: { submit: (event) => { event.preventDefault(); send(false); } } },
    h("label", { for: "search" }, t("transfer.search")), search, count, list,
    advice, said,
    h("div", { class: "acts" }, blind, consult,
      h("button", { type: "button", on: { click: () => close(true) } }, t("transfer.cancel"))));
  place.replaceChildren(heading, form);
  const { open: reveal, close } = panel(place, () => search);

  function draw() {
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    const number = digits(search.value);
    const found = all.filter((one) => (one.into === "help") === urgent).filter((one) => {
      const text = plain(`${one.title} ${one.deputy} ${(one.words ?? []).join(" ")}`);
      return words.every((word) => text.includes(word)) || (number.length > 1 && digits(one.number).includes(number));
    });
    const known = found.length === 1 ? found[0] : null;
    if (!urgent && /^[+\d\s.()-]+$/.test(search.value.trim()) && number.length >= DIGITS) found.push(typed(search.value.trim()));
    if (!found.includes(chosen)) chosen = known ?? (found.length === 1 ? found[0] : null);
    count.textContent = t("transfer.found", { count: found.length });
    list.replaceChildren(...(found.length ? Object.keys(SECTIONS).map((into) => section(into, found)).filter(Boolean)
      : [h("p", { class: "nothing" }, t("transfer.nobody"))]));
  }

  function section(into, found) {
    const rows = found.filter((one) => one.into === into);
    return rows.length ? h("fieldset", {}, h("legend", {}, t(SECTIONS[into])), rows.map(row)) : null;
  }

  function row(one) {
    return h("label", { class: "choice" },
      h("input", { type: "radio", name: "to", value: `${one.into} ${one.to}`, checked: one === chosen, on: { change: () => { chosen = one; said.textContent = ""; } } }),
      h("span", {}, one.title, " ", h("small", {}, detail(one))));
  }

  /** What stands in the search field, if it is a number: the same one for as long as it stands there. */
  function typed(text) {
    if (dialled?.number !== text) dialled = { into: "number", to: "", title: t("transfer.number.this", { number: text }), number: text, deputy: "" };
    return dialled;
  }

  /** `first`: the agent speaks with them first. */
  async function send(first) {
    if (!chosen) {
      said.textContent = t("transfer.no_choice");
      (list.querySelector("input") ?? search).focus();
      return;
    }
    const { interaction } = contact;
    const answer = urgent ? await ask("POST", "/api/help", { interaction, to: chosen.to, wish: "bring" })
      : await ask("POST", "/api/transfer", { interaction, into: chosen.into, to: chosen.to, number: chosen.into === "number" ? chosen.number : "", consult: first });
    if (answer.status === 200 && answer.body.done !== false) close(false);
    else said.textContent = sorry(answer.body?.reason ?? "away");
  }

  /** Emergency services alone, or everybody else. */
  async function open(helps) {
    urgent = helps;
    heading.textContent = t(helps ? "help.title" : "transfer.title");
    advice.textContent = t(helps ? "help.say" : "transfer.say");
    blind.textContent = t(helps ? "help.call" : "transfer.blind");
    consult.hidden = helps;
    search.value = "";
    said.textContent = "";
    chosen = null;
    reveal();
    const answer = await ask("GET", "/api/directory");
    all = answer.status === 200 ? answer.body : [];
    if (answer.status !== 200) said.textContent = t(`refused.${answer.body?.reason ?? "away"}`);
    draw();
  }

  return {
    open: () => open(false),
    help: () => open(true),
    show: (now) => {
      if (now?.phase !== "talking" || now.interaction !== contact?.interaction) close(false);
      contact = now;
    },
  };
}

/** Some reasons mean something else here than when one calls somebody oneself. */
const sorry = (reason) => named(`transfer.refused.${reason}`, "") || t(`refused.${reason}`);

/** What helps to choose: the number, who answers instead, who is free. */
function detail(one) {
  if (one.into === "queue") return one.free > 1 ? t("transfer.free.many", { count: one.free }) : t(one.free ? "transfer.free.one" : "transfer.free.none");
  if (one.into === "agent") return t(`state.${one.state}`);
  if (one.into === "number") return t("transfer.number.price");
  return [one.there === false ? t("transfer.closed") : "", clock.number(one.number), one.deputy ? t("transfer.deputy", { deputy: one.deputy }) : ""].filter(Boolean).join(" · ");
}
