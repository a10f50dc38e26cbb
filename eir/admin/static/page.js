// The page: asks /api/status every two seconds, and shows what it says.

import { long, make, mark, next, pairs, say, table } from "./make.js";
import { lines, nice, shares, stacked, svg } from "./plot.js";
import { clock, count, duration, latency, percent, rate, since, size } from "./words.js";

const T_ASK = 2000; // milliseconds between two questions
const T_WAIT = 5000; // after which a question counts as unanswered
const T_DAY = 60000; // between two looks at a whole day
const WORDS = { fine: "Fine", degraded: "Degraded", down: "Down" };
const SIGNS = { fine: "✓", degraded: "▲", down: "■", lost: "?" };
const INTERFACES = { s13: "S13", map: "MAP" };
const PROTOCOLS = { s13: "Diameter", map: "M3UA" };
const LINKS = { up: "good", partial: "warn", down: "bad", waiting: "" };
const STATES = { up: "up", partial: "partly up", down: "down", waiting: "nobody is expected" };
const PATHS = { ACTIVE: "good", POTENTIALLY_FAILED: "warn", UNCONFIRMED: "warn", INACTIVE: "bad" };
const LEVELS = { none: "", minor: "warn", major: "bad", critical: "bad" };
const SEVERITIES = { critical: "bad", major: "bad", minor: "warn", warning: "warn" };

let shown = null; // the snapshot that was shown last
let trend = null; // likewise the trends
let answered = null; // when that was, on our own clock
let asked = { span: null, at: 0 }; // which trends we have, and since when

const at = (id) => document.getElementById(id);
const span = () => document.querySelector("#span :checked").value;

function ago(instant) {
  const text = Date.parse(shown.at) - Date.parse(instant) < 2000 ? "now" : `${since(instant, shown.at)} ago`;
  return instant ? make("time", { datetime: instant, title: instant }, text) : "never";
}

function state() {
  at("state").dataset.state = shown.state;
  say(at("state-word"), WORDS[shown.state]);
  // What an alarm says stands below, with what to do.
  const reasons = shown.reasons.filter((reason) => !reason.alarm).map((reason) => capital(reason.text));
  if (shown.state === "fine" && !shown.alarms.length) reasons.push("Nothing is wrong.");
  if (shown.alarms.length) reasons.push(`Alarms that are on: ${severities()}.`);
  const items = reasons.map((reason) => make("li", {}, reason));
  if (at("reasons").textContent !== reasons.join("")) at("reasons").replaceChildren(...items);
  document.title = `${SIGNS[shown.state]} ${WORDS[shown.state]} – ${shown.node.name}`;
}

function severities() {
  const counts = Object.keys(SEVERITIES).map((severity) => [severity, shown.alarms.filter((alarm) => alarm.severity === severity).length]);
  return counts.filter(([, many]) => many).map(([severity, many]) => `${many} ${severity}`).join(", ");
}

/** Say how many peers can ask. */
function asking() {
  const up = shown.peers.filter((peer) => peer.is_up).length;
  if (!shown.peers.length) return isDeaf() ? "not known" : "none there";
  return mark(up === shown.peers.length ? "" : up ? "warn" : "bad", `${up} of ${shown.peers.length}`);
}

/** Say what checks are answered from. */
function answering() {
  const { lists, node } = shown;
  if (node.override) return mark("warn", "the override");
  if (lists.failure || lists.version === null) return mark("bad", "no list");
  return `the lists, version ${lists.version}`;
}

/** Tell whether no worker answers; then nobody knows of peers. */
function isDeaf() {
  return shown.workers.every((worker) => worker.obstacle);
}

function glance() {
  const slowest = shown.interfaces.reduce((most, each) => Math.max(most, each.p99 ?? 0), 0);
  const total = shown.interfaces.reduce((sum, each) => sum + each.rate, 0);
  const { load, node } = shown;
  at("glance").replaceChildren(
    ...pairs([
      ["Answered a second", rate(total)],
      ["99 of 100 within", latency(slowest || null)],
      ["Peers that can ask", asking()],
      ["Overload", mark(LEVELS[load.level], load.level), next(`${size(load.waiting)} of ${size(load.limit)} wait`)],
      ["Answers come from", answering()],
    ]),
  );
  if (at("name").textContent !== node.name) at("name").replaceChildren(...long(node.name));
  say(at("program"), `EIR ${node.version}, up for ${duration(node.uptime)}`);
  say(at("moment"), `as of ${clock(shown.at)}`);
}

function alarms() {
  const columns = [
    ["Severity", "", (row) => mark(SEVERITIES[row.severity], row.severity)],
    ["Since", "short", (row) => ago(row.since)],
    ["Alarm", "wide", (row) => [...long(row.text), next(`Next: ${row.next_step}`)]],
  ];
  at("alarms").replaceChildren(table("Alarms", columns, shown.alarms, "No alarm is on."));
}

function interfaces() {
  at("interfaces").replaceChildren(...shown.interfaces.map(card));
}

function card(row) {
  const name = INTERFACES[row.interface];
  const links = row.links ? `${STATES[row.state]}, ${row.links_up} of ${row.links} peers` : STATES[row.state];
  return make(
    "article",
    { class: "card", "aria-label": name },
    make("header", {}, make("h3", {}, name, " ", make("span", { class: "quiet" }, PROTOCOLS[row.interface])), mark(LINKS[row.state], links)),
    make(
      "dl",
      { class: "numbers" },
      ...pairs([
        ["a second", rate(row.rate)],
        ["p50", latency(row.p50)],
        ["p99", latency(row.p99)],
        ["fast lane", row.lane_share === null ? "–" : percent(row.lane_share, 1)],
        ["shed a second", row.shed ? mark("bad", rate(row.shed)) : "0"],
        ["last check", ago(row.last_check)],
      ]),
    ),
    ...mix(row),
    ...plots(row),
  );
}

function mix(row) {
  const parts = Object.entries(row.verdicts);
  const whole = parts.reduce((sum, [, part]) => sum + part, 0);
  if (!whole) return [];
  const label = parts.map(([verdict, part]) => `${verdict} ${percent(part, whole)}`).join(", ");
  const legend = parts.filter(([, part]) => part).map(([verdict, part]) => {
    const swatch = svg("svg", { viewBox: "0 0 1 1", "aria-hidden": "true" }, svg("rect", { class: verdict, width: 1, height: 1 }));
    return make("li", { title: `${count(part)} in 5 minutes` }, swatch, `${verdict} ${percent(part, whole)}`);
  });
  return [
    make("div", { class: "mix" }, shares(parts, `Verdicts of the last 5 minutes: ${label}`)),
    make("ul", { class: "legend" }, ...legend),
  ];
}

function plots(row) {
  const known = trend?.interfaces.find((each) => each.interface === row.interface);
  if (!known) return [];
  const span = asked.span === "24h" ? "24 h" : "5 min";
  const totals = known.p50.map((_, place) => Object.values(known.rates).reduce((sum, rates) => sum + rates[place], 0));
  const most = Math.max(0, ...totals);
  const slowest = Math.max(0, ...known.p99);
  const layers = Object.entries(known.rates);
  const times = [["line soft", known.p50], ["line", known.p99]];
  return [
    figure(["Checks a second"], ticks(nice(most), rate), span,
      stacked(layers, trend.steps, nice(most), `Checks a second in the last ${span}: at most ${rate(most)}`)),
    figure(["Time to answer", key("", "p99"), key("soft", "p50")], ticks(nice(slowest), latency), span,
      lines(times, trend.steps, nice(slowest), `Time to answer in the last ${span}: p99 at most ${latency(slowest)}`)),
  ];
}

/** Write the top, the middle and the bottom of a scale; where nothing was, that. */
function ticks(top, write) {
  return top ? [write(top), write(top / 2), "0"] : ["none"];
}

function key(kind, name) {
  return make("span", { class: `key ${kind}` }, name);
}

function figure(title, scale, span, plot) {
  return make(
    "figure",
    {},
    make("figcaption", { class: "axis" }, ...title),
    make("div", { class: "axis scale", "aria-hidden": "true" }, ...scale.map((tick) => make("span", {}, tick))),
    plot,
    make("div", { class: "axis times", "aria-hidden": "true" }, make("span", {}, `${span} ago`), make("span", {}, "now")),
  );
}

function peers() {
  const counted = shown.peers.some((row) => row.rate !== null);
  const resent = shown.peers.some((row) => row.resent !== null);
  const columns = [
    ["Peer", "wide", peer],
    ["State", "", (row) => mark(row.is_up ? "good" : "bad", row.state)],
    ["For", "number", (row) => make("time", { datetime: row.since, title: row.since }, since(row.since, shown.at))],
    ...(counted ? [["A second", "number", (row) => (row.rate === null ? "" : rate(row.rate))]] : []),
    ...(resent ? [["Sent again", "number", again]] : []),
    ["Addresses", "wide", addresses],
  ];
  const network = [
    ["Network", "wide", (row) => [`${row.kind} ${row.name}`, row.detail ? next(row.detail) : ""]],
    ["State", "", (row) => mark(/^(AS_)?(ACTIVE|AVAILABLE)$/.test(row.state) ? "good" : "warn", row.state)],
    ["For", "number", (row) => since(row.since, shown.at)],
  ];
  const found = [table("Peers", columns, shown.peers, nobody())];
  if (shown.network.length) found.push(make("h2", {}, "Network"), table("Network", network, shown.network, ""));
  at("peers").replaceChildren(...found);
}

function peer(row) {
  const over = `${INTERFACES[row.interface]}${row.transport ? ` over ${row.transport.toUpperCase()}` : ""}`;
  const error = row.last_error ? next(row.is_up ? "Last error: " : mark("bad", "Last error: "), row.last_error) : "";
  return [make("strong", {}, ...(row.name ? long(row.name) : ["not named yet"])), next(over), error];
}

function again(row) {
  return row.resent === null ? "" : make("span", { title: "SCTP chunks in the last 5 minutes" }, count(row.resent));
}

function nobody() {
  if (isDeaf()) return "While no worker answers, no peer is known.";
  return "No peer is connected or configured: see [[diameter.peer]] and [[m3ua.gateway]] in eir.example.toml.";
}

/** Show the address of a peer; of an SCTP association all of them, and how each path is. */
function addresses(peer) {
  const paths = shown.paths.filter((path) => path.peer === peer.name);
  if (!paths.length) return peer.remote;
  return paths.map((path) =>
    make(
      "div",
      { class: "path" },
      make("span", {}, path.address),
      mark(PATHS[path.state], path.state),
      make("span", { class: "quiet" }, `RTT ${latency(path.srtt_seconds)}, RTO ${latency(path.rto_seconds)}`),
    ),
  );
}

function lists() {
  const { lists } = shown;
  const columns = [
    ["List", "", (row) => make("strong", {}, row.list)],
    ["Source", "", (row) => row.source],
    ["Entries", "number", (row) => count(row.entries)],
    ["Changed", "number", (row) => (row.age === null ? "long ago" : `${duration(row.age)} ago`)],
    ["Version", "number", (row) => (row.version === null ? "" : String(row.version))],
  ];
  const counting = lists.version !== null && lists.counted === null;
  const nothing = counting ? "The lists are being counted." : "No list is known: load one with eir lists load.";
  const about = [];
  if (lists.failure) about.push(make("p", {}, mark("bad", capital(lists.failure))));
  if (lists.loaded) {
    about.push(make("p", { class: "quiet" }, `Version ${lists.counted}, made ${duration(lists.age)} ago, ${size(lists.octets)}`));
  }
  at("lists").replaceChildren(table("Lists", columns, lists.lists, nothing), ...about);
}

function changes() {
  const columns = [
    ["When", "short", (row) => ago(row.at)],
    ["What", "wide", (row) => [row.text, next(`version ${row.version}, by ${row.author}`)]],
  ];
  at("changes").replaceChildren(table("What changed", columns, shown.changes, "Nothing has changed yet: eir lists load makes the first version."));
}

function syncs() {
  const good = { 0: "good", 5: "warn", 6: "warn" };
  const columns = [
    ["Registry", "wide", (row) => [make("strong", {}, row.registry), runs(row)]],
    ["Last sync", "", (row) => (row.outcome ? [mark(good[row.exit_code] ?? "bad", row.outcome), next(ago(row.attempted))] : "never")],
    ["Applied", "number", (row) => ago(row.applied)],
    ["Held", "number", (row) => (row.held ? mark("warn", String(row.held)) : "0")],
  ];
  at("syncs").replaceChildren(table("Registries", columns, shown.syncs, "No registry is configured: see [[registry]] in eir.example.toml."));
}

function runs(row) {
  const serving = Object.entries(row.runs).map(([name, run]) => `${name} ${run}`);
  return serving.length ? next(`serves runs: ${serving.join(", ")}`) : "";
}

function workers() {
  const columns = [
    ["Worker", "", (row) => String(row.worker)],
    ["State", "", (row) => (row.obstacle ? mark("bad", row.obstacle) : mark("good", "answers"))],
    ["Restarts", "number", (row) => count(row.restarts)],
  ];
  at("workers").replaceChildren(table("Workers", columns, shown.workers, ""));
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Say that nobody answers us, since when, and what to do; what was known stays, paler. */
function lost(why) {
  const begins = !document.body.classList.contains("stale");
  document.body.classList.add("stale");
  at("state").dataset.state = "down";
  say(at("state-word"), "No answer");
  const last = shown ? `What is below is from ${clock(shown.at)}` : "Nothing was heard yet";
  const reasons = [`${why}.`, `${last}${answered === null ? "" : `, ${duration((performance.now() - answered) / 1000)} ago`}.`];
  if (begins) at("reasons").replaceChildren(make("li", {}), make("li", { "aria-live": "off" }));
  reasons.forEach((reason, place) => say(at("reasons").children[place], reason));
  document.title = `${SIGNS.lost} No answer – ${shown ? shown.node.name : "EIR"}`;
}

function show(snapshot) {
  shown = snapshot;
  answered = performance.now();
  document.body.classList.remove("stale");
  for (const part of [state, glance, alarms, interfaces, peers, lists, changes, syncs, workers]) part();
}

/** Choose which trends to ask for: the day changes once a minute only. */
function wanted() {
  const now = performance.now();
  const enough = asked.span === span() && asked.span === "24h" && now - asked.at < T_DAY;
  return enough ? "none" : span();
}

/** Fetch a snapshot; where there is none, throw an Error that says why in a sentence. */
async function fetched(trends) {
  let answer;
  try {
    answer = await fetch(`/api/status?trends=${trends}`, { signal: AbortSignal.timeout(T_WAIT), cache: "no-store" });
    if (answer.ok) return await answer.json();
  } catch {
    throw new Error("The server does not answer this page");
  }
  if (answer.status === 401) throw new Error("We are not let in any more: reload this page");
  throw new Error(`The server answers with status ${answer.status}`);
}

async function ask() {
  const trends = wanted();
  let snapshot;
  try {
    snapshot = await fetched(trends);
  } catch (error) {
    lost(error.message);
    return;
  }
  if (snapshot.trends[trends]) {
    trend = snapshot.trends[trends];
    asked = { span: trends, at: performance.now() };
  }
  show(snapshot);
}

async function watch() {
  for (;;) {
    if (!document.hidden) await ask();
    await new Promise((resolve) => setTimeout(resolve, T_ASK));
  }
}

at("span").addEventListener("change", ask);
document.addEventListener("visibilitychange", () => document.hidden || ask());
watch();
