/** The supervisor's table: figures with their formulas, queues, agents.  No ranking of anybody. */

import { follow } from "./net.js";
import { drawn, h, keyed } from "./dom.js";
import { named, t } from "./texts.js";
import * as clock from "./clock.js";
import { services } from "./services.js";
import { orders } from "./order.js";
import { waiting } from "./waiting.js";

const FIGURES = ["waiting", "talking", "answered", "abandoned", "converted", "resolved", "outgoing", "out_of_hours", "unknown_number", "lost"];
const QUEUE = ["waiting", "oldest", "expected", "offered", "answered", "abandoned", "service_level", "asa", "occupancy"];
const FORMULAS = [...FIGURES, "oldest", "expected", "offered", "service_level", "asa", "occupancy", "short"];
const ORDER = ["offered", "on_interaction", "wrap_up", "on_task", "available", "paused", "missed", "logged_out"];

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
  const speech = h("section", { class: "speech", "aria-labelledby": "speech" });
  const line = h("section", { class: "waiting", "aria-labelledby": "waiting" });
  const given = h("section", { class: "ordered", "aria-labelledby": "ordered" });
  const standing = h("section", { class: "services", "aria-labelledby": "services" });
  const alerts = h("section", { class: "alerts", role: "status", "aria-label": t("alerts") });
  const formulas = h("details", { class: "formulas" }, h("summary", {}, t("formulas")),
    h("dl", {}, FORMULAS.map((name) => [h("dt", {}, t(`figure.${name}`)), h("dd", {}, t(`formula.${name}`))])));
  main.replaceChildren(
    h("div", { class: "head" }, h("h1", {}, t("table")), h("p", { class: "tenants" }, me.tenants.join(" · "))),
    alerts, figures, queues, line, agents, given, standing, lines, speech, formulas);
  let view = { queues: {}, waiting: {}, ordered: {}, agents: {}, totals: {}, lines: {}, services: {}, suspected: {}, speech: {} };
  const order = orders(me, () => view);
  main.append(order.element);
  const rows = h("div", { class: "scroll", role: "region", "aria-labelledby": "queues", tabindex: "0" });
  queues.append(h("h2", { id: "queues" }, t("queues")), rows);
  const draw = { figures: drawn(figures), lines: drawn(lines), speech: drawn(speech), ordered: drawn(given), alerts: drawn(alerts) };
  const showQueues = queueTable(rows, order.queue);
  const showAgents = people(agents, order.agent);
  const showWaiting = waiting(line, order.contact);
  const showServices = services(standing, me);
  document.title = t("title.table");

  function news(message) {
    clock.set(message.now_ms);
    if (message.whole) view = message;
    else merge(view, message);
    const all = view.totals.all;
    draw.figures(all, () => drawFigures(all));
    showQueues(view.queues);
    showWaiting(view);
    showAgents(view.agents, all.difficult);
    draw.ordered(view.ordered, () => drawOrdered(view.ordered));
    draw.lines(view.lines, () => drawLines(view.lines));
    draw.speech(view.speech, () => drawSpeech(view.speech.all));
    draw.alerts({ lines: view.lines, suspected: view.suspected }, () => drawAlerts(view.lines, view.suspected));
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
  for (const section of ["queues", "waiting", "ordered", "agents", "totals", "lines", "services", "suspected", "speech"]) {
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

/** The queues; each may be shut for a while, or opened again. */
function queueTable(place, act) {
  const body = h("tbody", {});
  place.replaceChildren(h("table", {},
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("queue")), QUEUE.map((name) => h("th", { scope: "col" }, t(`figure.${name}`))), h("th", { scope: "col" }, t("queue.open")))),
    body));
  const draw = keyed(body, (name, row) => drawQueue(name, row, act), () => null);
  return (queues) => draw(Object.entries(queues));
}

function drawQueue(name, row, act) {
  const since = h("td", row.oldest_at_ms ? { "data-since": row.oldest_at_ms, "data-target": row.target_ms } : {}, row.oldest_at_ms ? "" : "—");
  const values = {
    waiting: row.waiting,
    // less than a second shows as "0:00 à 0:00": nobody waits as long as that
    expected: row.expected && row.expected.high_ms >= 1000 ? t("expected.between", { low: clock.clock(row.expected.low_ms), high: clock.clock(row.expected.high_ms) }) : "—",
    offered: [row.offered, row.moved && t("offered.moved", { moved: row.moved }), row.left && t("offered.left", { left: row.left })].filter((part, at) => part || at === 0).join(", "),
    answered: row.answered,
    abandoned: row.short ? t("abandoned.short", { all: row.abandoned, short: row.short }) : row.abandoned,
    service_level: row.offered ? t("percent", { share: Math.round((100 * row.in_target) / row.offered), target: clock.spoken(row.target_ms) }) : "—",
    asa: row.asa_ms === null ? "—" : clock.clock(row.asa_ms),
    occupancy: row.occupancy === null ? "—" : t("occupancy.share", { share: row.occupancy }),
  };
  const shut = Boolean(row.shut_until_at_ms);
  return h("tr", {}, h("th", { scope: "row" }, row.title,
    shut ? h("small", { class: "late" }, t("queue.shut", { by: row.shut_by, until: clock.until(row.shut_until_at_ms) })) : null),
    QUEUE.map((column) => (column === "oldest" ? since : h("td", {}, values[column]))),
    h("td", {}, h("button", { type: "button", class: "small", "aria-label": t(shut ? "queue.reopen" : "queue.close", { queue: row.title }), on: { click: () => act(name) } }, t(shut ? "queue.to_reopen" : "queue.to_close"))));
}

/** Who is here, with what they can; somebody who is not may be called for as well. */
function people(place, act) {
  const heading = h("h2", { id: "agents", tabindex: "-1" });
  const list = h("ul", { class: "people" });
  const nobody = h("p", { class: "nothing" }, t("agents.none"));
  const away = h("ul", { class: "people" });
  const difficult = h("p", { class: "nothing" });
  const absent = h("details", {}, h("summary", {}, t("agents.away")), away);
  place.replaceChildren(heading, nobody, list, difficult, absent);
  const drawHere = keyed(list, (name, row) => drawAgent(name, row, act), () => heading);
  const drawAway = keyed(away, (name, row) => drawAgent(name, row, act), () => heading);
  /** Of whoever breathes after a difficult call only the number is told. */
  return (agents, breathing) => {
    difficult.hidden = !breathing;
    difficult.textContent = t(breathing === 1 ? "agents.difficult.one" : "agents.difficult", { count: breathing });
    const rows = Object.entries(agents).sort(([, one], [, other]) => ORDER.indexOf(one.state) - ORDER.indexOf(other.state) || one.display.localeCompare(other.display, "fr"));
    const here = rows.filter(([, row]) => row.state !== "logged_out");
    heading.textContent = t("agents", { here: here.length, all: rows.length });
    nobody.hidden = here.length > 0;
    absent.hidden = here.length === rows.length;
    drawHere(here);
    drawAway(rows.filter(([, row]) => row.state === "logged_out"));
  };
}

function drawAgent(name, row, act) {
  const skills = Object.entries(row.skills).map(([skill, level]) => (level > 1 ? `${skill} ${level}` : skill)).join(", ");
  return h("li", {},
    h("span", { class: "person" }, row.display, skills ? h("small", {}, skills) : null),
    h("span", { class: `pill ${row.state}` }, t(`state.${row.state}`) + (row.reason ? ` : ${row.title || named(`reason.${row.reason}`, row.reason)}` : "")),
    row.overran ? h("span", { class: "over" }, t("agents.overran")) : null,
    row.since_ms ? h("span", { class: "time", "data-since": row.since_ms }) : null,
    h("button", { type: "button", class: "small", "aria-label": t("agent.act_on", { agent: row.display }), on: { click: () => act(name) } }, t("act")));
}

/** What supervisors ordered today, the newest first. */
function drawOrdered(rows) {
  const all = Object.values(rows).sort((one, other) => other.at_ms - one.at_ms);
  return [
    h("h2", { id: "ordered" }, t("ordered")),
    all.length ? h("ul", { class: "standing" }, all.map((row) => h("li", {},
      h("span", { class: "time" }, clock.hours(row.at_ms)), h("span", {}, row.by),
      h("span", {}, t(`ordered.${row.what}`, { ...row, wish: row.wish ? t(`order.${row.wish}`) : "", until: row.until_at_ms ? clock.until(row.until_at_ms) : "" })),
      h("span", {}, `« ${row.reason} »`)))) : h("p", { class: "nothing" }, t("ordered.none")),
    h("p", {}, h("a", { href: "/api/audit.csv", download: "consignes.csv" }, t("ordered.all"))),
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

/** Who speaks with the assistant, and whether there is room: else callers press keys, and somebody should know why. */
function drawSpeech(speech) {
  if (!speech) return [];
  const said = !speech.streams ? (speech.why ? t("speech.none", speech) : t("speech.none.unknown"))
    : speech.listened >= speech.streams ? t("speech.full", speech) : t("speech.some", speech);
  return [
    h("h2", { id: "speech" }, t("speech")),
    h("p", speech.listened < speech.streams ? {} : { class: "late" }, said),
    speech.trial ? h("p", { class: "late" }, t("speech.trial")) : null,
  ];
}

/** What nobody may overlook: lines that are away, and calls like those of a stolen account, of which nobody is judged. */
function drawAlerts(lines, suspected) {
  const away = Object.entries(lines).filter(([, row]) => row.away);
  const all = Object.values(suspected).sort((one, other) => other.at_ms - one.at_ms);
  return away.length || all.length ? [
    h("h2", {}, t("alerts")),
    h("ul", { class: "standing" }, away.map(([name, row]) => h("li", {},
      h("span", { class: "person" }, named(`line.${name}`, name)),
      h("span", { class: "over" }, t(`line.away.${row.away}`)))), all.map((row) => h("li", {},
      h("span", { class: "time" }, clock.hours(row.at_ms)),
      h("span", { class: "over" }, t(`suspected.${row.why}`, row)),
      h("span", {}, t(row.held ? "suspected.held" : ["persons", "agents"].includes(row.why) ? "suspected.ask" : "suspected.look", row))))),
  ] : [];
}
