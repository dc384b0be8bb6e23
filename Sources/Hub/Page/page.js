"use strict";
// The fleet and one host's page, kept current by server-sent events. All text of hosts goes in as text, never as markup.
const at = (id) => document.getElementById(id);
const make = (name, className, text) => {
  const element = document.createElement(name);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
};
const seconds = (milliseconds) => milliseconds < 10000 ? `${(milliseconds / 1000).toFixed(1)} s`
  : milliseconds < 120000 ? `${Math.round(milliseconds / 1000)} s` : `${Math.round(milliseconds / 60000)} min`;
const age = (time) => {
  if (!time) return "never";
  const passed = Date.now() - Date.parse(time);
  return passed < 2000 ? "now" : passed < 120000 ? `${Math.round(passed / 1000)} s ago`
    : passed < 7200000 ? `${Math.round(passed / 60000)} min ago` : passed < 172800000 ? `${Math.round(passed / 3600000)} h ago`
    : `${Math.round(passed / 86400000)} days ago`;
};

let source = null;
function listen(path, handlers) {
  if (source) source.close();
  const own = source = new EventSource(path);
  source.onopen = () => { at("connection").textContent = "live"; at("connection").className = ""; };
  source.onerror = () => {
    at("connection").textContent = "connection lost, trying again";
    at("connection").className = "lost";
    // After a refusal, such as 503, a browser gives up by itself; or a session is over.
    if (own.readyState === EventSource.CLOSED) setTimeout(() => { if (source === own) begin(); }, 3000);
  };
  for (const [name, handler] of Object.entries(handlers)) source.addEventListener(name, (event) => handler(JSON.parse(event.data)));
}

function hush() {
  if (source) source.close();
  source = null;
}

// Who looks

let me = null;

/// Shows what is for whoever looks: the place that the address names, or the form to log in.
async function begin() {
  let answer, body;
  try {
    answer = await fetch("/api/v1/session");
    body = await answer.json();
  } catch {
    at("connection").textContent = "connection lost, trying again";
    at("connection").className = "lost";
    return setTimeout(begin, 3000);
  }
  // A hub whose database does not answer is no reason to ask for a password.
  if (!answer.ok && answer.status !== 401 && answer.status !== 403) return setTimeout(begin, 3000);
  me = answer.ok ? body : null;
  at("open").hidden = me?.by !== "open";
  at("who").textContent = me?.user ? `${me.user}, ${me.role}` : "";
  at("who").hidden = !me?.user;
  at("log-out").hidden = me?.by !== "session";
  at("to-audit").hidden = me?.role !== "operator";
  at("to-rollouts").hidden = !me;
  if (me) return route();
  hush();
  hosts.clear();
  at("hosts").replaceChildren();
  at("acts").replaceChildren();
  at("waves").replaceChildren();
  log = [];
  state = null;
  for (const place of places) at(place).hidden = place !== "entrance";
  // Without users there is nobody to log in as.
  at("log-in").hidden = answer.status === 403;
  at("refused").textContent = answer.status === 403 ? body.error.message : "";
  at("connection").textContent = "";
  at("connection").className = "";
  if (!at("log-in").hidden) at("name").focus();
}

async function logIn() {
  const proof = { name: at("name").value, password: at("password").value };
  const button = at("log-in").querySelector("button");
  button.disabled = true;
  at("refused").textContent = "";
  try {
    const answer = await fetch("/api/v1/session", { method: "POST", body: JSON.stringify(proof) });
    at("password").value = "";
    if (answer.ok) return await begin();
    const wait = answer.headers.get("Retry-After");
    at("refused").textContent = (await answer.json()).error.message + (wait ? ` (in ${wait} s)` : "");
    at("password").focus();
  } catch {
    at("refused").textContent = "the hub does not answer";
  } finally {
    button.disabled = false;
  }
}

async function logOut() {
  hush();
  await fetch("/api/v1/session", { method: "DELETE" }).catch(() => {});
  await begin();
}

let again = null;

/// Reads what a place shows, and anew now and then as long as it is shown; nothing when it is not, or cannot be read.
async function reading(place, path, show) {
  clearTimeout(again);
  if (at(place).hidden) return null;
  again = setTimeout(show, 5000);
  hush();
  const answer = await fetch(path).catch(() => null);
  // What the hub cannot read now it can later; a refusal is another matter.
  if (answer?.status >= 500) return null;
  if (!answer?.ok) { begin(); return null; }
  at("connection").textContent = "";
  return answer.json();
}

async function showAudit() {
  const acts = await reading("audit", "/api/v1/audit?last=500", showAudit);
  if (!acts) return;
  at("acts").replaceChildren(...acts.reverse().map((act) => {
    const line = make("tr");
    const words = [act.time.replace("T", " ").slice(0, 19), act.actor, inWords(act.action), act.subject, act.address ?? "", act.count];
    line.append(...words.map((word) => make("td", "", word)));
    return line;
  }));
}

// Roll-outs

async function showRollouts() {
  const all = await reading("rollouts", "/api/v1/rollouts", showRollouts);
  if (!all) return;
  at("no-rollouts").hidden = all.length > 0;
  at("waves").replaceChildren(...all.map(rollout));
}

function rollout(one) {
  const section = make("section");
  const title = make("h3", "", `${one.id}: ${one.change} for ${one.group} `);
  title.append(make("span", `status ${one.status}`, one.status));
  section.append(title);
  if (one.next) section.append(make("p", "hint", one.next));
  section.append(make("p", "hint", `begun ${age(one.started_at)} by ${one.started_by}${one.ended_at ? `, ended ${age(one.ended_at)}` : ""}`));
  const waves = make("ol", "waves");
  waves.append(...one.waves.filter((wave) => wave.hosts > 0).map((wave) => {
    const item = make("li");
    const words = Object.entries(wave.counts).map(([word, count]) => `${count} ${inWords(word)}`).join(", ");
    const lane = make("div", "lane");
    lane.setAttribute("role", "img");
    lane.setAttribute("aria-label", words);
    lane.append(...Object.entries(wave.counts).map(([word, count]) => {
      const part = make("span", `part ${word}`);
      part.style.flexGrow = count;
      return part;
    }));
    item.append(make("span", "", `${wave.hosts} host${wave.hosts === 1 ? "" : "s"}: ${words}`), lane);
    return item;
  }));
  section.append(waves);
  const list = make("ul");
  list.append(...one.hosts.map((host) => {
    const item = make("li");
    const link = make("a", "", host.host_id);
    link.href = `#/hosts/${encodeURIComponent(host.host_id)}`;
    item.append(link, ` ${inWords(host.outcome)}${host.reason ? `: ${host.reason}` : ""}`);
    return item;
  }));
  section.append(list);
  return section;
}

// The fleet

const hosts = new Map();
const names = new Intl.Collator("en", { numeric: true });
const order = { failed: 0, silent: 1, drifted: 2, behind: 3, degraded: 4, running: 5, waiting: 6, in_sync: 7 };
const inWords = (state) => state.replaceAll("_", " ");
const isTrouble = (host) => ["failed", "degraded", "silent"].includes(host.state);

function row(host) {
  const line = make("tr");
  const name = make("td");
  const link = make("a", "", host.host_id);
  link.href = `#/hosts/${encodeURIComponent(host.host_id)}`;
  name.append(link);
  const progress = make("td");
  const bar = make("progress");
  bar.max = 100;
  bar.setAttribute("aria-label", `progress of ${host.host_id}`);
  progress.append(bar, make("span", "percent"));
  line.append(name, make("td", "status"), make("td"), progress, make("td", "age"), make("td"));
  return line;
}

function fill(entry) {
  const { host, line } = entry;
  const [, standing, phase, progress, , message] = line.children;
  standing.className = `status ${host.state}`;
  standing.textContent = inWords(host.state);
  phase.textContent = host.phase ?? "";
  progress.firstChild.value = host.percent;
  progress.lastChild.textContent = `${host.percent} %`;
  message.replaceChildren(isTrouble(host) && host.error ? host.error : host.message);
  if (isTrouble(host) && host.hint) message.append(make("span", "hint", `→ ${host.hint}`));
  if (host.missing.length > 0) message.append(make("span", "hint", `${host.missing.length} reports have not come`));
  entry.text = [host.host_id, ...(host.labels ?? []), inWords(host.state), host.phase, host.message, host.error, host.hint].join("\n").toLowerCase();
  line.children[4].textContent = age(host.updated_at);
}

function takeHosts(changed) {
  let isNew = false;
  for (const host of changed) {
    let entry = hosts.get(host.host_id);
    if (!entry) { hosts.set(host.host_id, entry = { line: row(host) }); isNew = true; }
    isNew ||= entry.host?.state !== host.state;
    entry.host = host;
    fill(entry);
  }
  show(isNew);
}

function show(reorder) {
  const wanted = at("words").value.toLowerCase().split(/\s+/).filter(Boolean);
  const state = document.querySelector("input[name=state]:checked").value;
  const counts = Object.fromEntries(Object.keys(order).map((name) => [name, 0]));
  let shown = 0;
  for (const { host, line, text } of hosts.values()) {
    const fits = wanted.every((word) => text.includes(word));
    if (fits) counts[host.state] = (counts[host.state] ?? 0) + 1;
    line.hidden = !fits || (state !== "" && host.state !== state);
    if (!line.hidden) shown += 1;
  }
  if (reorder) {
    const focused = document.activeElement;
    const sorted = [...hosts.values()].sort((one, other) =>
      (order[one.host.state] ?? 9) - (order[other.host.state] ?? 9) || names.compare(one.host.host_id, other.host.host_id));
    at("hosts").replaceChildren(...sorted.map(({ line }) => line));
    if (at("hosts").contains(focused)) focused.focus();
  }
  at("count-all").textContent = Object.values(counts).reduce((sum, count) => sum + count, 0);
  for (const name of Object.keys(order)) at(`count-${name}`).textContent = counts[name];
  at("none").hidden = shown > 0;
}

// One host

let log = [];
let state = null;

/// When each step began and ended, by its events; satisfied ones take next to no time.
function spans() {
  const found = new Map();
  for (const event of log) {
    if (!event.step) continue;
    const time = Date.parse(event.time);
    const span = found.get(event.step) ?? { id: event.step, begin: time - (event.duration_ms ?? 0), kind: "running" };
    if (event.event === "step_started") span.begin = time;
    if (event.duration_ms !== undefined) {
      span.end = time;
      span.begin = Math.min(span.begin, time - event.duration_ms);
      span.kind = event.event === "step_failed" ? "failed" : event.status === "degraded" ? "degraded" : event.changed ? "done" : "satisfied";
    }
    if (event.event === "step_satisfied") { span.end = time; span.kind = "satisfied"; }
    if (event.event === "step_skipped") { span.begin = span.end = time; span.kind = "satisfied"; }
    found.set(event.step, span);
  }
  return [...found.values()].sort((one, other) => one.begin - other.begin);
}

/// From the step that ended last back to the one whose end each waited for.
function criticalPath(all) {
  const path = new Set();
  let step = all.reduce((last, span) => !last || (span.end ?? Infinity) > (last.end ?? Infinity) ? span : last, null);
  while (step && !path.has(step.id)) {
    path.add(step.id);
    const begin = step.begin;
    step = all.filter((span) => span.end !== undefined && span.end <= begin + 5 && !path.has(span.id))
      .reduce((last, span) => !last || span.end > last.end ? span : last, null);
  }
  return path;
}

function showHost() {
  if (!state) return;
  at("host-state").replaceChildren(make("span", `status ${state.state}`, inWords(state.state)),
    ` · ${state.phase ?? "no report yet"} · ${state.percent} % · last report ${age(state.updated_at)} · ${state.message}`);
  at("trouble").hidden = !(isTrouble(state) && (state.error || state.hint));
  at("trouble").className = state.state;
  at("error").textContent = state.error ?? "";
  at("hint").textContent = state.hint ? `→ ${state.hint}` : "";
  showDifferences();
  const all = spans();
  const begin = Math.min(...all.map((span) => span.begin));
  const now = state.status === "running" ? Date.now() : Math.max(...all.map((span) => span.end ?? span.begin));
  const whole = Math.max(now - begin, 1);
  const path = criticalPath(all);
  at("steps").replaceChildren(...all.map((span) => {
    const item = make("li");
    const end = span.end ?? now;
    const label = make("span", "name", `${span.id} `);
    label.append(make("span", "time", seconds(end - span.begin)));
    const lane = make("div", "lane");
    const bar = make("div", `bar ${span.kind}${path.has(span.id) ? " critical" : ""}`);
    bar.style.left = `${100 * (span.begin - begin) / whole}%`;
    bar.style.width = `${100 * (end - span.begin) / whole}%`;
    bar.title = `${span.id}: ${span.kind}, ${seconds(end - span.begin)}${path.has(span.id) ? ", on the critical path" : ""}`;
    lane.setAttribute("role", "img");
    lane.setAttribute("aria-label", bar.title);
    lane.append(bar);
    item.append(label, lane);
    return item;
  }));
}

/// As the host found them when it looked at itself last.
function showDifferences() {
  const found = state.differences ?? [];
  at("differences").hidden = found.length === 0;
  at("items").replaceChildren(...found.map((item) => {
    const line = make("tr");
    line.append(...[item.step, item.what, item.found, item.wanted].map((word) => make("td", "", word)));
    return line;
  }));
  const left = (state.differences_in_all ?? 0) - found.length;
  at("further").textContent = left > 0 ? `and ${left} more: host-bootstrap status --verify shows them there` : "";
}

function showLog() {
  const view = at("log");
  const follows = view.scrollTop + view.clientHeight >= view.scrollHeight - 8;
  view.textContent = log.slice(-500).map((event) =>
    [event.time?.slice(11, 23), event.step, event.event, event.error ?? event.message, event.hint && `→ ${event.hint}`]
      .filter(Boolean).join("  ")).join("\n");
  if (follows) view.scrollTop = view.scrollHeight;
}

function takeState(fresh) {
  if (state && state.run_id !== fresh.run_id) log = [];
  state = fresh;
  showHost();
}

function takeLog(events) {
  const known = new Set(log.slice(-3000).map((event) => JSON.stringify(event)));
  log = log.concat(events.filter((event) => !known.has(JSON.stringify(event)))).slice(-3000);
  showHost();
  showLog();
}

// Which of the places

const places = ["fleet", "host", "rollouts", "audit", "entrance"];
const listed = { "#/audit": ["audit", "Audit", showAudit], "#/rollouts": ["rollouts", "Roll-outs", showRollouts] };

function route() {
  if (!me) return;
  const name = location.hash.startsWith("#/hosts/") ? decodeURIComponent(location.hash.slice(8)) : null;
  const list = location.hash === "#/audit" && me.role !== "operator" ? undefined : listed[location.hash];
  const place = name !== null ? "host" : list?.[0] ?? "fleet";
  for (const other of places) at(other).hidden = other !== place;
  document.title = name ?? list?.[1] ?? "Hosts";
  if (list) return list[2]();
  if (name === null) return listen("/api/v1/events", { hosts: takeHosts });
  log = [];
  state = null;
  at("host-name").textContent = name;
  at("host-state").textContent = "";
  at("steps").replaceChildren();
  at("log").textContent = "";
  listen(`/api/v1/hosts/${encodeURIComponent(name)}/events`, { state: takeState, log: takeLog });
}

addEventListener("hashchange", route);
at("log-in").addEventListener("submit", (event) => { event.preventDefault(); logIn(); });
at("log-out").addEventListener("click", logOut);
at("search").addEventListener("input", () => show(false));
at("search").addEventListener("submit", (event) => event.preventDefault());
addEventListener("keydown", (event) => {
  const isTyping = event.target.matches("input:not([type=radio])");
  if (event.key === "/" && !isTyping && !at("fleet").hidden) { event.preventDefault(); at("words").focus(); }
  if (event.key === "Escape" && event.target.matches("input[type=search]")) { at("words").value = ""; show(false); }
  if (event.key === "Escape" && !isTyping && ["host", "rollouts", "audit"].some((place) => !at(place).hidden)) location.hash = "#/";
});
setInterval(() => {
  if (!at("host").hidden) return showHost();
  for (const { host, line } of hosts.values()) if (!line.hidden) line.children[4].textContent = age(host.updated_at);
}, 1000);
begin();
