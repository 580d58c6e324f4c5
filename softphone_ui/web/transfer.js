/** Handing a conversation on: whom to is searched by words, chosen, and said again before anything happens. */

import { ask } from "./net.js";
import { h } from "./dom.js";
import { named, t } from "./texts.js";
import * as clock from "./clock.js";
import { panel } from "./panel.js";

const SECTIONS = { entry: "transfer.entries", number: "transfer.number", agent: "transfer.colleagues", queue: "transfer.queues" };
const DIGITS = 3;
const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const digits = (text) => text.replace(/\D/g, "");

/**
 * @param {HTMLElement} place
 * @returns {{show: (contact: any) => void, open: () => void}}
 */
export function transfer(place) {
  let contact = null;
  let all = [];
  let chosen = null;
  let dialled = null;
  const heading = h("h2", { id: "transfer" }, t("transfer.title"));
  const search = h("input", { id: "search", type: "search", autocomplete: "off", spellcheck: "false", maxlength: 80, on: { input: () => draw() } });
  const count = h("p", { class: "unseen", role: "status" });
  const list = h("div", { class: "reachable" });
  const said = h("p", { class: "said", role: "alert" });
  const form = h("form", { on: { submit: (event) => { event.preventDefault(); send(false); } } },
    h("label", { for: "search" }, t("transfer.search")), search, count, list,
    h("p", { class: "detail" }, t("transfer.say")), said,
    h("div", { class: "acts" },
      h("button", { type: "submit", class: "main" }, t("transfer.blind")),
      h("button", { type: "button", on: { click: () => send(true) } }, t("transfer.consult")),
      h("button", { type: "button", on: { click: () => close(true) } }, t("transfer.cancel"))));
  place.replaceChildren(heading, form);
  const { open: reveal, close } = panel(place, () => search);

  function draw() {
    const words = plain(search.value).split(/\s+/).filter(Boolean);
    const number = digits(search.value);
    const found = all.filter((one) => {
      const text = plain(`${one.title} ${one.deputy} ${(one.words ?? []).join(" ")}`);
      return words.every((word) => text.includes(word)) || (number.length > 1 && digits(one.number).includes(number));
    });
    const known = found.length === 1 ? found[0] : null;
    if (/^[+\d\s.()-]+$/.test(search.value.trim()) && number.length >= DIGITS) found.push(typed(search.value.trim()));
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

  /** `consult`: the agent speaks with them first. */
  async function send(consult) {
    if (!chosen) {
      said.textContent = t("transfer.no_choice");
      (list.querySelector("input") ?? search).focus();
      return;
    }
    const answer = await ask("POST", "/api/transfer", {
      interaction: contact.interaction, into: chosen.into, to: chosen.to, number: chosen.into === "number" ? chosen.number : "", consult,
    });
    if (answer.status === 200 && answer.body.done !== false) close(false);
    else said.textContent = sorry(answer.body?.reason ?? "away");
  }

  async function open() {
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
    open,
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
