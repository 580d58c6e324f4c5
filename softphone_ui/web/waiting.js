/** Who waits, in turn, and what may be done for them: a topic, a wait and a place, never a name. */

import { h, keyed } from "./dom.js";
import { named, t, tongue } from "./texts.js";

const COLUMNS = ["queue", "place", "need", "priority", "since", "where", "act"];

/**
 * @param {HTMLElement} place
 * @param {(interaction: string) => void} act
 * @returns {(view: any) => void} show
 */
export function waiting(place, act) {
  const heading = h("h2", { id: "waiting", tabindex: "-1" });
  const body = h("tbody", {});
  const table = h("table", {}, h("thead", {}, h("tr", {}, COLUMNS.map((name) => h("th", { scope: "col" }, t(`waiting.${name}`))))), body);
  const nobody = h("p", { class: "nothing" }, t("waiting.nobody"));
  place.replaceChildren(heading, nobody, h("div", { class: "scroll", role: "region", "aria-labelledby": "waiting", tabindex: "0" }, table));
  let queues = {};
  const draw = keyed(body, (interaction, row) => drawRow(interaction, row, queues, act), () => heading);
  body.addEventListener("keydown", (event) => walk(event, body));
  return (view) => {
    queues = view.queues;
    const rows = Object.entries(view.waiting).sort(([, one], [, other]) => titleOf(queues, one).localeCompare(titleOf(queues, other), "fr") || one.place - other.place);
    draw(rows.map(([interaction, row]) => [interaction, { ...row, target_ms: queues[row.queue]?.target_ms }]));
    heading.textContent = t("waiting.title", { count: rows.length });
    table.hidden = !rows.length;
    nobody.hidden = rows.length > 0;
  };
}

export const titleOf = (queues, row) => queues[row.queue]?.title ?? row.queue;
export const topicOf = (row) => (row.topic ? named(`topic.${row.topic}`, row.topic) : t("waiting.no_topic"));

function drawRow(interaction, row, queues, act) {
  const where = row.agent ? t("waiting.rings", { agent: row.agent }) : row.given_to ? t("waiting.given", { agent: row.given_to }) : t("waiting.waits");
  const asks = [...row.asks, ...(row.language && row.language !== "fr" ? [tongue(row.language)] : [])].join(", ");
  return h("tr", {},
    h("th", { scope: "row" }, titleOf(queues, row)),
    h("td", {}, row.place),
    h("td", { class: "words" }, row.emergency ? h("span", { class: "urgent" }, t("waiting.emergency")) : null, " ", topicOf(row),
      h("small", {}, [row.service, asks].filter(Boolean).join(" · "))),
    h("td", {}, row.priority),
    h("td", { "data-since": row.since_ms, "data-target": row.target_ms }),
    h("td", { class: "words" }, where),
    h("td", {}, h("button", { type: "button", class: "small", "aria-label": t("waiting.act_on", { topic: topicOf(row), queue: titleOf(queues, row), place: row.place }), on: { click: () => act(interaction) } }, t("act"))));
}

/** Up and down lead from row to row. */
function walk(event, body) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.target.tagName !== "BUTTON") return;
  const buttons = [...body.querySelectorAll("button")];
  const next = buttons[buttons.indexOf(event.target) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
