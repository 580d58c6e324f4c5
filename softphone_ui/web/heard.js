/** What a caller said in their own words, what was made of it, and putting it right. */

import { ask } from "./net.js";
import { h } from "./dom.js";
import { named, t } from "./texts.js";
import * as clock from "./clock.js";

/**
 * @param {any} contact
 * @param {any} me
 * @returns {HTMLElement | null}
 */
export function heard(contact, me) {
  const { heard: said } = contact;
  if (!said) return null;
  return h("div", { class: "card heard" },
    h("h2", {}, t("heard")),
    ...said.words.map((words) => h("blockquote", {}, `«\u00a0${words}\u00a0»`)),
    h("dl", { class: "chips" },
      chip("topic", said.title || (said.topic ? named(`topic.${said.topic}`, said.topic) : t("heard.nothing")), said.topic ? sure(said) : ""),
      chip("urgency", said.urgency < 4 ? t(`urgency.${said.urgency}`) : null),
      chip("danger", said.danger ? named(`danger.${said.danger}`, said.danger) : null),
      ...said.vulnerable.map((one) => chip("vulnerable", named(`vulnerable.${one}`, one))),
      ...said.details.map((detail) => chip(`detail.${detail.kind}`, shown(detail), assured(detail))),
      ...said.missing.map((kind) => chip(`detail.${kind}`, t("heard.missing")))),
    me.topics.length && contact.phase !== "offered" ? correct(contact, me) : null);
}

const SURE = 80;
const sure = ({ corrected, confidence }) => (corrected ? t("heard.corrected") : t("heard.sure", { confidence }));
const shown = ({ kind, value, shown: words }) => (kind === "telephone" ? clock.number(value) : words);
const assured = ({ confidence }) => (confidence === 100 ? t("heard.confirmed") : t(confidence < SURE ? "heard.check" : "heard.sure", { confidence }));

function chip(name, value, more = "") {
  return value ? h("div", {}, h("dt", {}, named(`chip.${name}`, name.replace(/^detail\./, ""))), h("dd", {}, value, more ? h("small", {}, `\u00a0${more}`) : null)) : null;
}

/** Open once asked for: whoever speaks with somebody has other things to read. */
function correct(contact, me) {
  const { heard: said } = contact;
  const told = h("p", { class: "said", role: "status" });
  const topic = h("select", { id: "heard-topic" },
    h("option", { value: "" }, t("heard.other")),
    ...me.topics.map((one) => h("option", { value: one.name, selected: one.name === said.topic }, one.title)));
  const urgency = h("select", { id: "heard-urgency" },
    ...[1, 2, 3, 4].map((level) => h("option", { value: String(level), selected: level === said.urgency }, t(`urgency.${level}`))));
  const known = [...said.details, ...said.missing.map((kind) => ({ kind, shown: "" }))];
  const details = known.map((detail, index) => {
    const field = h("input", { id: `heard-${index}`, maxlength: 200, value: detail.shown, autocomplete: "off" });
    return { kind: detail.kind, field, row: [h("label", { for: `heard-${index}`, class: "above" }, named(`chip.detail.${detail.kind}`, detail.kind)), field] };
  });
  const send = async (event) => {
    event.preventDefault();
    const kept = details.map(({ kind, field }) => [kind, field.value.trim()]).filter(([, value]) => value);
    const answer = await ask("POST", "/api/heard", { interaction: contact.interaction, topic: topic.value, urgency: Number(urgency.value), details: Object.fromEntries(kept) });
    told.textContent = answer.status === 200 && answer.body.done !== false ? t("heard.kept") : t(`refused.${answer.body?.reason ?? "away"}`);
  };
  return h("details", {},
    h("summary", {}, t("heard.correct")),
    h("form", { on: { submit: send } },
      h("label", { for: "heard-topic", class: "above" }, t("chip.topic")), topic,
      h("label", { for: "heard-urgency", class: "above" }, t("chip.urgency")), urgency,
      ...details.flatMap(({ row }) => row),
      told,
      h("div", { class: "acts" }, h("button", { type: "submit" }, t("heard.send")))));
}
