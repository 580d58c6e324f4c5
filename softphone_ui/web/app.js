/** The pages: who you are decides what you see. */

import { ask, know } from "./net.js";
import { h } from "./dom.js";
import { learn, t } from "./texts.js";
import { logIn } from "./login.js";
import { desk } from "./desk.js";
import { table } from "./table.js";

const root = document.getElementById("app");
const VIEWS = { agent: ["desk"], supervisor: ["desk", "table"], administrator: ["table"] };
let leave = () => {};

/** Shows the log-in form, with a word about why if there is one. */
function outside(reason = "") {
  leave();
  document.title = t("title.login");
  leave = logIn(root, reason, inside);
}

/** Shows `view` of who is logged in; the first that their role has unless told otherwise. */
function inside(me, view = VIEWS[me.role][0]) {
  leave();
  know(me);
  const main = h("main", { id: "main", tabindex: "-1", class: view });
  const status = h("p", { class: "line", role: "status" });
  const bar = h("header", { class: "bar" },
    h("p", { class: "brand" }, h("img", { src: "/web/icon.svg", alt: "", width: 28, height: 28 }), h("span", {}, "Allo")),
    h("p", { class: "place" }, me.centre),
    tabs(me, view),
    h("p", { class: "who" }, me.display),
    h("button", { type: "button", class: "quiet", on: { click: () => close() } }, t("leave")));
  root.replaceChildren(bar, status, main);
  const tell = {
    line: (up) => { status.textContent = up ? "" : t("line.down"); },
    over: () => outside("session"),
  };
  leave = (view === "desk" ? desk : table)(main, me, tell);
}

/** The way between the views of one who has several. */
function tabs(me, view) {
  if (VIEWS[me.role].length < 2) return null;
  return h("nav", { "aria-label": t("views") }, VIEWS[me.role].map((name) =>
    h("a", { href: `#${name}`, "aria-current": name === view ? "page" : false, on: { click: (event) => {
      event.preventDefault();
      inside(me, name);
      document.getElementById("main").focus();
    } } }, t(`view.${name}`))));
}

async function close() {
  await ask("DELETE", "/api/session");
  outside("left");
}

await learn("fr");
const me = await ask("GET", "/api/me");
if (me.status === 200) inside(me.body);
else outside();
