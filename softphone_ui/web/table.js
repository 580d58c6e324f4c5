/** The supervisor's table: figures with their formulas, queues, agents.  No ranking of anybody. */

import { follow } from "./net.js";
import { drawn, h } from "./dom.js";
import { named, t } from "./texts.js";
import * as clock from "./clock.js";
import { services } from "./services.js";

const FIGURES = ["waiting", "talking", "answered", "abandoned", "converted", "resolved", "outgoing", "out_of_hours", "unknown_number", "lost"];
const QUEUE = ["waiting", "oldest", "offered", "answered", "abandoned", "service_level", "asa"];
const FORMULAS = [...FIGURES, "oldest", "offered", "service_level", "asa", "short"];
const ORDER = ["offered", "on_interaction", "wrap_up", "available", "paused", "logged_out"];

/**
 * @param {HTMLElement} main
 * @param {any} me
 * @param {{line: (up: boolean) => void, over: () => void}} tell
 * @returns {() => void} leave
 */
export function table(main, me, tell) {
  const figures = h("section", { class: "figures", "aria-labelledby": "today" });
  const queues = h("section", { class: "queues", "aria-labelledby": "queues" });
  const agents = h("section", { class: "agents", "aria-labelledby": "agents" });
  const lines = h("section", { class: "lines", "aria-labelledby": "lines" });
  const standing = h("section", { class: "services", "aria-labelledby": "services" });
  const formulas = h("details", { class: "formulas" }, h("summary", {}, t("formulas")),
    h("dl", {}, FORMULAS.map((name) => [h("dt", {}, t(`figure.${name}`)), h("dd", {}, t(`formula.${name}`))])));
  main.replaceChildren(
    h("div", { class: "head" }, h("h1", {}, t("table")), h("p", { class: "tenants" }, me.tenants.join(" · "))),
    figures, queues, agents, standing, lines, formulas);
  const rows = h("div", { class: "scroll", role: "region", "aria-labelledby": "queues", tabindex: "0" });
  queues.append(h("h2", { id: "queues" }, t("queues")), rows);
  const draw = { figures: drawn(figures), queues: drawn(rows), agents: drawn(agents), lines: drawn(lines) };
  const showServices = services(standing, me);
  let view = { queues: {}, agents: {}, totals: {}, lines: {}, services: {} };
  document.title = t("title.table");

  function news(message) {
    clock.set(message.now_ms);
    if (message.whole) view = message;
    else merge(view, message);
    const all = view.totals.all;
    draw.figures(all, () => drawFigures(all));
    draw.queues(view.queues, () => drawQueues(view.queues));
    draw.agents(view.agents, () => drawAgents(view.agents));
    draw.lines(view.lines, () => drawLines(view.lines));
    showServices(view.services);
    tick();
  }

  /** Waits and durations go on without any news; only their words change, so that nothing loses the focus. */
  function tick() {
    const now = clock.now();
    for (const place of main.querySelectorAll("[data-since]")) {
      const lasted = now - Number(place.dataset.since);
      const late = place.dataset.target && lasted > Number(place.dataset.target);
      place.textContent = clock.clock(lasted) + (late ? t("late") : "");
      place.classList.toggle("late", Boolean(late));
    }
  }

  clock.every(main, tick);
  return follow("table", { news, ...tell });
}

function merge(view, delta) {
  for (const section of ["queues", "agents", "totals", "lines", "services"]) {
    for (const [name, row] of Object.entries(delta[section] ?? {})) {
      if (row === null) delete view[section][name];
      else view[section][name] = row;
    }
  }
}

function drawFigures(all) {
  return [
    h("h2", { id: "today" }, t("today", { since: clock.hours(all.counted_since_ms ?? clock.now()) })),
    h("dl", {}, FIGURES.map((name) => h("div", { class: `${name}${name === "lost" && all.lost > 0 ? " alarm" : ""}` },
      h("dt", {}, t(`figure.${name}`)), h("dd", {}, all[name]),
      note(name, all)))),
  ];
}

/** What a figure needs beside it to be understood. */
function note(name, all) {
  const said = {
    converted: all.messages ? t("converted.messages", { count: all.messages }) : "",
    outgoing: all.outgoing ? t("outgoing.reached", { count: all.reached }) : "",
    lost: t(all.lost ? "lost.some" : "lost.none"),
  }[name];
  return said ? h("dd", { class: "must" }, said) : null;
}

function drawQueues(queues) {
  const since = (row) => h("td", row.oldest_at_ms ? { "data-since": row.oldest_at_ms, "data-target": row.target_ms } : {}, row.oldest_at_ms ? "" : "—");
  const cells = (row) => ({
    waiting: row.waiting,
    offered: row.offered,
    answered: row.answered,
    abandoned: row.short ? t("abandoned.short", { all: row.abandoned, short: row.short }) : row.abandoned,
    service_level: row.offered ? t("percent", { share: Math.round((100 * row.in_target) / row.offered), target: clock.spoken(row.target_ms) }) : "—",
    asa: row.asa_ms === null ? "—" : clock.clock(row.asa_ms),
  });
  return h("table", {},
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("queue")), QUEUE.map((name) => h("th", { scope: "col" }, t(`figure.${name}`))))),
    h("tbody", {}, Object.values(queues).map((row) => {
      const values = cells(row);
      return h("tr", {}, h("th", { scope: "row" }, row.title), QUEUE.map((name) => (name === "oldest" ? since(row) : h("td", {}, values[name]))));
    })));
}

function drawAgents(agents) {
  const rows = Object.values(agents).sort((one, other) => ORDER.indexOf(one.state) - ORDER.indexOf(other.state) || one.display.localeCompare(other.display, "fr"));
  const here = rows.filter((row) => row.state !== "logged_out");
  return [
    h("h2", { id: "agents" }, t("agents", { here: here.length, all: rows.length })),
    here.length ? h("ul", { class: "people" }, here.map((row) => h("li", {},
      h("span", { class: "person" }, row.display),
      h("span", { class: `pill ${row.state}` }, t(`state.${row.state}`) + (row.reason ? ` : ${named(`reason.${row.reason}`, row.reason)}` : "")),
      h("span", { class: "time", "data-since": row.since_ms })))) : h("p", { class: "nothing" }, t("agents.none")),
  ];
}

/** Channels in use: whoever calls beyond the last one hears the operator's busy tone, and we never know. */
function drawLines(lines) {
  const rows = Object.entries(lines);
  return rows.length ? [
    h("h2", { id: "lines" }, t("lines")),
    h("ul", { class: "people" }, rows.map(([name, row]) => h("li", {},
      h("span", { class: "person" }, named(`line.${name}`, name)),
      h("meter", { min: 0, max: row.channels, high: row.channels - row.reserved, optimum: 0, value: row.used, "aria-label": named(`line.${name}`, name) }),
      h("span", { class: "time" }, t("line.used", row))))),
  ] : [];
}
