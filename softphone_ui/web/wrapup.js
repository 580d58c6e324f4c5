/** Code and note.  What is typed stays in this page's memory, by interaction, until it is sent: never in the browser. */

import { ask } from "./net.js";
import { h } from "./dom.js";
import { t } from "./texts.js";

/**
 * @param {HTMLElement} place
 * @param {any} me
 * @returns {(contact: any) => void} show
 */
export function wrapUp(place, me) {
  let shown = null;
  /** @type {Map<string, {code: string, note: string}>} */
  const drafts = new Map();

  return (contact) => {
    const form = contact && contact.phase !== "offered" && contact.phase !== "placed" && me.codes.length ? contact.interaction : null;
    if (form === shown) return;
    shown = form;
    place.hidden = form === null;
    if (form === null) {
      drafts.clear();
      place.replaceChildren();
      return;
    }
    const draft = { code: contact.code, note: "" };
    drafts.set(form, draft);
    draw(contact, draft);
  };

  function draw(contact, draft) {
    const under = h("div", { class: "under" });
    const said = h("p", { class: "said", role: "status" });
    const note = h("textarea", { id: "note", rows: 4, maxlength: 4000, on: { input: () => { draft.note = note.value; } } });
    const first = me.codes.filter((code) => !code.under);
    const chosen = me.codes.find((code) => code.name === draft.code);
    const radios = (codes, name, checked, change) => codes.map((code) =>
      h("label", { class: "choice" },
        h("input", { type: "radio", name, value: code.name, checked: code.name === checked, on: { change: () => change(code.name) } }),
        h("span", {}, code.title)));
    const second = (above) => {
      const codes = me.codes.filter((code) => code.under === above);
      under.replaceChildren(...(codes.length ? [h("fieldset", {}, h("legend", {}, t("notes.more")), ...radios(codes, "under", draft.code, (code) => { draft.code = code; }))] : []));
    };
    place.replaceChildren(
      h("h2", { id: "notes" }, t("notes")),
      h("form", { on: { submit: (event) => { event.preventDefault(); send(contact, draft, said, false); } } },
        h("fieldset", {}, h("legend", {}, t("notes.code")), ...radios(first, "code", chosen?.under || draft.code, (code) => { draft.code = code; second(code); })),
        under,
        h("label", { for: "note", class: "above" }, t("notes.note")), note,
        said,
        h("div", { class: "acts" },
          h("button", { type: "submit", class: "main" }, t("notes.send")),
          h("button", { type: "button", on: { click: () => send(contact, draft, said, true) } }, t("notes.send_and_ready")))));
    if (chosen) second(chosen.under || chosen.name);
  }

  async function send(contact, draft, said, thenReady) {
    if (!draft.code) {
      said.textContent = t("notes.no_code");
      place.querySelector("input")?.focus();
      return;
    }
    const answer = await ask("POST", "/api/wrap-up", { interaction: contact.interaction, code: draft.code, note: draft.note });
    const kept = answer.status === 200 && answer.body.done !== false;
    said.textContent = kept ? t("notes.kept") : t(`refused.${answer.body?.reason ?? "away"}`);
    if (kept && thenReady) await ask("POST", "/api/state", { wish: "ready", reason: "" });
  }
}
