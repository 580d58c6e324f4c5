/** Services as they stand, and what a supervisor may do for a while: a message to every caller, an early closing. */

import { ask } from "./net.js";
import { drawn, h } from "./dom.js";
import { t } from "./texts.js";
import * as clock from "./clock.js";

const WISHES = { announce: "service.announce", withdraw: "service.withdraw", shut: "service.shut_now", reopen: "service.reopen" };
const MINUTES = [30, 60, 120, 240, 480, 1440, 10080];

/**
 * @param {HTMLElement} place
 * @param {any} me
 * @returns {(services: any) => void} show
 */
export function services(place, me) {
  const list = h("ul", { class: "standing" });
  const which = h("select", { id: "which" });
  const draw = { list: drawn(list), which: drawn(which) };
  place.replaceChildren(h("h2", { id: "services" }, t("services")), list,
    h("details", {}, h("summary", {}, t("service.change")), form(me, which)));
  return (rows) => {
    const named = Object.entries(rows);
    draw.list(named, () => named.map(([, row]) => standing(row)));
    draw.which(named.map(([name, row]) => [name, row.title]), () => [
      h("option", { value: "" }, t("service.all")), ...named.map(([name, row]) => h("option", { value: name }, row.title))]);
  };
}

function standing(row) {
  const until = row.until_at_ms ? ` ${t("service.until", { until: clock.until(row.until_at_ms) })}` : "";
  return h("li", {},
    h("span", { class: "person" }, row.title), " ",
    h("span", {}, t(`service.${row.state}`) + until),
    row.closed_until_at_ms ? h("p", {}, t("service.shut", { by: row.closed_by, until: clock.until(row.closed_until_at_ms) })) : null,
    row.notice ? h("p", {}, `${t("service.notice", { by: row.notice_by, until: clock.until(row.notice_until_at_ms) })} « ${row.notice.trim()} »`) : null);
}

function form(me, which) {
  const said = h("p", { class: "said", role: "status" });
  const what = h("select", { id: "what", on: { change: () => fit() } },
    Object.entries(WISHES).map(([wish, key]) => h("option", { value: wish }, t(key))));
  const text = h("select", { id: "notice-text", on: { change: () => fit() } },
    h("option", { value: "" }, t("service.text.typed")), me.notices.map((one) => h("option", { value: one.name }, one.title)));
  const words = h("textarea", { id: "notice-words", rows: 3, maxlength: 500 });
  const minutes = h("select", { id: "minutes" }, MINUTES.map((n) => h("option", { value: n, selected: n === 120 }, t(`service.${n}`))));
  const reason = h("input", { id: "service-why", maxlength: 200, autocomplete: "off" });
  const field = (label, input) => h("div", {}, h("label", { for: input.id }, t(label)), input);
  const texts = field("service.text", text);
  const typed = field("service.words", words);
  const lasting = field("service.for", minutes);
  /** Only what the wish needs is there. */
  function fit() {
    texts.hidden = what.value !== "announce";
    typed.hidden = texts.hidden || text.value !== "";
    lasting.hidden = what.value === "withdraw" || what.value === "reopen";
  }
  fit();
  return h("form", { on: { submit: async (event) => {
    event.preventDefault();
    const answer = await ask("POST", "/api/service", {
      wish: what.value, services: which.value ? [which.value] : [], reason: reason.value,
      minutes: lasting.hidden ? 0 : Number(minutes.value),
      text: texts.hidden ? "" : text.value, words: typed.hidden ? "" : words.value,
    });
    const done = answer.status === 200 && answer.body.done !== false;
    said.textContent = done ? t("service.done") : t(`refused.${answer.body?.reason ?? "away"}`);
    if (done) words.value = reason.value = "";
  } } },
    field("service.which", which), field("service.what", what), texts, typed, lasting, field("service.why", reason),
    said, h("button", { type: "submit" }, t("service.send")));
}
