/** Asking the centre, and hearing from it. */

let token = "";

/** The token that must come with everything that changes something. */
export function know(me) {
  token = me.token;
  return me;
}

/**
 * Asks; gives the status and what was answered.  A centre that is busy is asked again, twice.
 * @returns {Promise<{status: number, body: any, retry: number}>}
 */
export async function ask(method, path, body, tries = 3) {
  const headers = { "X-Allo-Token": token };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  } catch {
    return { status: 0, body: { reason: "away" }, retry: 0 };
  }
  const retry = Number(response.headers.get("Retry-After") ?? 0);
  if (response.status === 503 && tries > 1) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(retry, 2) * 1000));
    return ask(method, path, body, tries - 1);
  }
  const json = response.headers.get("Content-Type")?.includes("json");
  return { status: response.status, body: json ? await response.json() : null, retry };
}

const AGAIN_FIRST_MS = 300;
const AGAIN_LAST_MS = 5000;

/**
 * Follows a view until `stop` is called; comes back by itself when the line drops.
 * @param {string} view
 * @param {{news: (message: any) => void, line: (up: boolean) => void, over: () => void}} hearer
 * @returns {() => void} stop
 */
export function follow(view, hearer) {
  let wait = AGAIN_FIRST_MS;
  let socket = null;
  let stopped = false;
  const open = () => {
    if (stopped) return;
    socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/api/${view}`);
    socket.onmessage = (message) => {
      wait = AGAIN_FIRST_MS;
      hearer.line(true);
      hearer.news(JSON.parse(message.data));
    };
    socket.onclose = async (event) => {
      if (stopped) return;
      hearer.line(false);
      if (event.code === 4401 || (await ask("GET", "/api/me", undefined, 1)).status === 401) {
        hearer.over();
        return;
      }
      setTimeout(open, wait * (0.5 + Math.random()));
      wait = Math.min(wait * 2, AGAIN_LAST_MS);
    };
  };
  open();
  return () => {
    stopped = true;
    socket?.close();
  };
}
