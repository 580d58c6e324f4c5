/** A citizen's record, as far as this agent may see it. */

import { h } from "./dom.js";
import { t } from "./texts.js";
import * as clock from "./clock.js";

export const called = (record) => [record.civility, record.first_name, record.last_name].filter(Boolean).join(" ");

/** What `record` shows; without one, what the search by number has `found`. */
export function card(record, found) {
  if (!record) return h("p", { class: "nothing" }, t(`found.${found || "none"}`));
  if (record.state !== "here") return h("p", { class: "nothing" }, t(`found.${record.state}`));
  return [
    h("p", { class: "name" }, called(record)),
    h("p", { class: "born" }, [
      record.birth_name && record.birth_name !== record.last_name ? t("born.name", { name: record.birth_name }) : "",
      record.birth_date ? t("born.on", { date: clock.date(record.birth_date) }) : "",
      record.commune,
    ].filter(Boolean).join(" · ")),
    record.protected_address ? h("p", { class: "warn" }, t("protected")) : null,
    record.shared_number ? h("p", { class: "warn" }, t("shared")) : null,
    h("ul", { class: "files" }, record.files.map(file)),
    record.files.length ? null : h("p", { class: "nothing" }, t("files.none")),
    h("p", { class: "source" }, t("source", { source: record.source || t("source.unknown"), date: record.updated_at_ms ? clock.short(record.updated_at_ms) : "?" })),
  ];
}

function file(one) {
  return h("li", { class: one.own ? "mine" : "" },
    h("p", { class: "file" }, h("strong", {}, one.title), one.status ? h("span", { class: "status" }, one.status) : null),
    h("p", {}, [
      one.referent ? t("file.referent", { name: one.referent }) : t("file.nobody"),
      one.next_appointment_at_ms ? t("file.next", { date: clock.at(one.next_appointment_at_ms) }) : "",
    ].filter(Boolean).join(" · ")),
    one.own ? (one.summary ? h("p", { class: "summary" }, one.summary) : null) : h("p", { class: "closed" }, t("file.closed")));
}
