// SPDX-License-Identifier: Apache-2.0
// The live page: asks /page.json again and again and shows what it says.
// Nothing that comes from there is ever read as HTML.
"use strict";

const EVERY_MS = 2000;
const ACCENTS = 10;
const SVG = "http://www.w3.org/2000/svg";

const $ = (id) => document.getElementById(id);

// ---- how values look ------------------------------------------------------

function count(n) {
  if (n < 1e5) return String(Math.round(n));
  return n < 1e8 ? Math.round(n / 1e3) + " k" : Math.round(n / 1e6) + " M";
}

function rate(n) {
  return n === 0 ? "0" : n < 10 ? n.toFixed(1) : count(n);
}

const seats = (n) => String(Math.round(n * 10) / 10);

function wait(ms) {
  if (ms === null || ms === undefined) return "–";
  if (ms < 10) return ms.toFixed(1) + " ms";
  if (ms < 1000) return Math.round(ms) + " ms";
  return (ms / 1000).toFixed(ms < 10000 ? 2 : 0) + " s";
}

function age(seconds) {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 60) return s + " s";
  if (s < 3600) return Math.floor(s / 60) + " m " + s % 60 + " s";
  if (s < 86400)
    return Math.floor(s / 3600) + " h " + Math.floor(s / 60) % 60 + " m";
  return Math.floor(s / 86400) + " d " + Math.floor(s / 3600) % 24 + " h";
}

function bytes(n) {
  const units = ["B", "KiB", "MiB", "GiB"];
  let i = 0;
  for (; n >= 1024 && i < units.length - 1; i++) n /= 1024;
  return (i && n < 10 ? n.toFixed(1) : Math.round(n)) + " " + units[i];
}

// ---- tables: cells are kept and only their text changes -------------------

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// A column: [label, key, value of a row, how it looks, class of a cell].
function showTable(id, columns, rows, keyOf, accentOf) {
  const table = $(id);
  const body = table.tBodies[0];
  if (!table.tHead.rows.length) {
    const head = table.tHead.insertRow();
    for (const [label, , , , kind] of columns) {
      const th = document.createElement("th");
      th.scope = "col";
      th.textContent = label;
      if (/text/.test(kind)) th.className = "text";
      head.append(th);
    }
  }
  while (body.rows.length > rows.length) body.deleteRow(-1);
  rows.forEach((row, i) => {
    let tr = body.rows[i];
    if (!tr) {
      tr = body.insertRow();
      columns.forEach(([label, key], c) => {
        const cell = document.createElement(c ? "td" : "th");
        if (!c) cell.scope = "row";
        cell.dataset.label = label;
        cell.dataset.field = key;
        tr.append(cell);
      });
    }
    tr.dataset.key = keyOf(row);
    tr.className = accentOf ? "c" + accentOf(i) : "";
    columns.forEach(([, , value, look, kind], c) => {
      const cell = tr.cells[c];
      const is = value(row);
      setText(cell, look ? look(is, row) : String(is));
      cell.dataset.value = is === null ? "" : is;
      cell.className =
        typeof kind === "function" ? kind(is, row) : kind || "";
    });
  });
  table.hidden = !rows.length;
  const none = table.parentNode.querySelector(".none");
  if (none) none.hidden = rows.length > 0;
}

const last = (list) => list && list.length ? list[list.length - 1] : null;
const ifAny = (name) => (n) => n > 0 ? name : "";

function showLanes(page) {
  const past = (row) => page.history.lanes[row.name] || {};
  const every = page.history.everySeconds;
  const ms = (s) => s === null ? null : s * 1000;
  showTable("t-lanes", [
    ["lane", "name", (r) => r.name,
      (name, r) => name + (r.paused ? " (paused)" : "") +
        (r.drained ? " (drained)" : "")],
    ["arrivals/s", "rate", (r) => (last(past(r).arrivals) || 0) / every,
      rate],
    ["arrivals", "submitted", (r) => r.submitted, count, "minor"],
    ["wait p50", "p50", (r) => ms(r.waitSeconds.p50), wait],
    ["wait p99", "p99", (r) => ms(r.waitSeconds.p99), wait],
    ["queue", "queued", (r) => r.queued, count, ifAny("warn")],
    ["parked", "parked", (r) => r.parked, count, "minor"],
    ["running", "running", (r) => r.running, count],
    ["seats", "seats", (r) => r.seats, seats],
    ["refused", "rejected", (r) => r.rejected, count, ifAny("bad")],
    ["429 unseen", "upstreamRefusals", (r) => r.upstreamRefusals, count],
  ], page.status.lanes, (r) => r.name, (i) => i % ACCENTS);
}

const HEALTH = { up: "good", suspect: "warn", recovering: "warn", away: "bad" };

function showUpstream(status) {
  showTable("t-upstream", [
    ["address", "endpoint", (r) => r.endpoint, null, "long"],
    ["state", "health", (r) => r.health,
      (h, r) => r.drained ? h + ", drained" : h, (h) => HEALTH[h] || ""],
    ["for", "forSeconds", (r) => r.forSeconds, age],
    ["in flight", "executingSeats", (r) => r.executingSeats, seats],
    ["total", "limitSeats", (r) => r.limitSeats, seats],
    ["429", "throttled", (r) => r.throttled, count, ifAny("warn")],
    ["probes failed", "failedProbes", (r) => r.failedProbes, count],
  ], status.upstream, (r) => r.endpoint);
  showTable("t-gates", [
    ["level", "level", (r) => r.level, null, "hash"],
    ["API server", "endpoint", (r) => r.endpoint, null,
      "long text"],
    ["gate", "closed", (r) => r.closed, (c) => c ? "closed" : "open",
      (c) => c ? "bad" : "good"],
    ["in flight", "executing", (r) => r.executing, count],
    ["limit", "limit", (r) => r.limit, count],
    ["429", "refusals", (r) => r.refusals, count, ifAny("warn")],
  ], status.gates, (r) => r.endpoint + " " + r.level);
}

function showStuck(stuck) {
  const is = (r) => r.deletedSeconds >= stuck.stuckAfterSeconds;
  setText($("stuck-sum"), stuck.remembered + " seen; stuck after " +
    age(stuck.stuckAfterSeconds) + (stuck.objects.length <
    stuck.remembered ? "; the oldest " + stuck.objects.length : ""));
  showTable("t-stuck", [
    ["object", "name", (r) => r.resource + " " +
      (r.namespace ? r.namespace + "/" : "") + r.name, null, "long"],
    ["finalizers", "finalizers", (r) => r.finalizers.join(", "), null,
      "long text"],
    ["deleted for", "deletedSeconds", (r) => r.deletedSeconds, age,
      (s, r) => is(r) ? "bad" : ""],
    ["seen ago", "seenSeconds", (r) => r.seenSeconds, age],
  ], stuck.objects, (r) => r.uid);
}

function showJournal(status, journal) {
  const j = status.journal;
  const sum = $("journal-sum");
  setText(sum, !j.wanted ? "not wanted: journal.mode is Off" :
    (j.on ? "on the disk" : "OFF: " + j.trouble) + "; " + j.open +
    " open, " + j.durable + " durable, " + j.parked + " parked" +
    (j.open ? "; the oldest " + age(j.oldestSeconds) : ""));
  sum.dataset.level = j.wanted && !j.on ? "bad" : "";
  sum.dataset.open = j.open;
  showTable("t-journal", [
    ["object", "path", (r) => r.path, null, "long"],
    ["state", "state", (r) => r.state, null, "text"],
    ["age", "ageSeconds", (r) => r.ageSeconds, age],
    ["replays", "replays", (r) => r.replays, count],
  ], journal.intents, (r) => r.id);
}

// ---- plots ----------------------------------------------------------------

const W = 360, H = 150, LEFT = 40, BOTTOM = 20, TOP = 6;

function element(parent, name, attributes, text) {
  const node = document.createElementNS(SVG, name);
  for (const key in attributes) node.setAttribute(key, attributes[key]);
  if (text !== undefined) node.textContent = text;
  parent.append(node);
  return node;
}

// The next of 1, 2, 5, 10, … that is not below.
function roundUp(n) {
  const power = 10 ** Math.floor(Math.log10(n));
  return [1, 2, 5, 10].map((k) => k * power).find((k) => k >= n * 0.9999);
}

const linear = (max) => ({
  at: (v) => v / max,
  ticks: [0, max / 2, max],
});

function logarithmic(min, max) {
  const low = Math.log10(min), span = Math.log10(max) - low || 1;
  const ticks = [];
  const step = Math.max(1, Math.ceil(span / 3));
  for (let p = low; p <= low + span + 0.01; p += step) ticks.push(10 ** p);
  return { at: (v) => (Math.log10(Math.max(v, min)) - low) / span, ticks };
}

function frame(id, scale, look, history, says) {
  const figure = $(id);
  let svg = figure.querySelector("svg");
  if (!svg) svg = element(figure, "svg",
    { viewBox: `0 0 ${W} ${H}`, role: "img" });
  svg.replaceChildren();
  svg.setAttribute("aria-label", says);
  for (const tick of scale.ticks) {
    const y = Y(scale, tick);
    element(svg, "line", { class: tick === scale.ticks[0] ? "base" :
      "grid", x1: LEFT, x2: W, y1: y, y2: y });
    element(svg, "text", { x: LEFT - 6, y: y + 4,
      "text-anchor": "end" }, look(tick));
  }
  const minutes = history.max * history.everySeconds / 60;
  for (let m = minutes; m >= 0; m -= minutes / 3)
    element(svg, "text", { x: LEFT + (W - LEFT) * (1 - m / minutes),
      y: H - 4, "text-anchor": m === 0 ? "end" :
        m === minutes ? "start" : "middle" },
    m === 0 ? "now" : "−" + m + " min");
  return svg;
}

const Y = (scale, v) => TOP + (H - TOP - BOTTOM) * (1 - scale.at(v));
const X = (history, i) => LEFT + (W - LEFT) *
  (history.max - history.samples + i) / (history.max - 1);

// A line with a gap where there is nothing; a point alone is a dot.
function path(history, scale, values) {
  let d = "", pen = false;
  values.forEach((v, i) => {
    if (v === null) { pen = false; return; }
    const at = X(history, i).toFixed(1) + " " + Y(scale, v).toFixed(1);
    d += pen ? "L" + at : "M" + at + "h0";
    pen = true;
  });
  return d;
}

function plotLanes(id, history, scale, look, says, valuesOf) {
  const svg = frame(id, scale, look, history, says);
  // The first lanes matter most: they are drawn last, above the others.
  Object.entries(history.lanes).map(([name, lane], i) => [name, lane, i])
    .reverse().forEach(([name, lane, i]) => {
      const values = valuesOf(lane);
      if (!values.some((v) => v)) return;
      element(element(svg, "path", { class: "line c" + i % ACCENTS,
        d: path(history, scale, values) }), "title", {}, name);
    });
}

function highest(history, valuesOf, least) {
  let max = least;
  for (const lane of Object.values(history.lanes))
    for (const v of valuesOf(lane)) if (v > max) max = v;
  return max;
}

function showPlots(history) {
  const rates = (lane) => lane.arrivals.map((n) => n / history.everySeconds);
  const top = highest(history, rates, 1);
  plotLanes("p-arrivals", history, linear(roundUp(top)), rate,
    `Arrivals per second by lane; at most ${rate(top)}`, rates);
  const queued = (lane) => lane.queued;
  const queue = highest(history, queued, 1);
  plotLanes("p-queued", history, linear(roundUp(Math.max(queue, 4))), rate,
    `Requests that wait, by lane; at most ${count(queue)}`, queued);
  const waits = (lane) => lane.p99;
  const longest = highest(history, waits, 0);
  const decade = 10 ** Math.ceil(Math.log10(Math.max(longest, 100)));
  plotLanes("p-p99", history, logarithmic(0.1, decade),
    (ms) => ms < 1 ? ms.toFixed(1) + " ms" : ms < 1000 ? ms + " ms" :
      ms / 1000 + " s",
    `99th percentile of waits, by lane; at most ${wait(longest)}`, waits);
  plotUpstream(history);
}

function plotUpstream(history) {
  const { executing, limit, throttled } = history.upstream;
  const scale = linear(roundUp(Math.max(4, ...executing, ...limit)));
  const most = Math.max(1, ...throttled);
  const svg = frame("p-upstream", scale, seats, history,
    `Seats in use at the API servers: ${seats(last(executing) || 0)} of ` +
    seats(last(limit) || 0));
  if (!history.samples) return;
  const x = (i) => X(history, i).toFixed(1), zero = Y(scale, 0);
  element(svg, "path", { class: "area", d: "M" + x(0) + " " + zero +
    executing.map((v, i) => "L" + x(i) + " " + Y(scale, v).toFixed(1))
      .join("") + "L" + x(history.samples - 1) + " " + zero + "Z" });
  element(svg, "path", { class: "line all",
    d: path(history, scale, executing) });
  element(svg, "path", { class: "limit", d: path(history, scale, limit) });
  element(svg, "path", { class: "bars", d: throttled.map((n, i) =>
    n ? "M" + x(i) + " " + zero + "v" + (-4 - 30 * n / most).toFixed(1) :
      "").join("") });
}

// ---- the page -------------------------------------------------------------

function showHead(status) {
  const facts = {
    uptime: age(status.uptimeSeconds), clients: count(status.clients),
    requests: count(status.requests), held: bytes(status.heldBytes),
    version: status.version, listen: status.listen,
  };
  for (const key in facts)
    setText(document.querySelector(`[data-fact="${key}"]`), facts[key]);
  const away = status.upstream.filter((r) => r.health !== "up").length;
  if (!status.ready) showState("bad", "not ready: it ends");
  else if (away === status.upstream.length)  // of none, too
    showState("bad", "API server is not up");
  else if (away) showState("warn", "API servers not up: " + away);
  else showState("good", "ready");
}

function showState(level, text) {
  $("state").dataset.level = level;
  setText($("state"), text);
}

function show(page) {
  showHead(page.status);
  showLanes(page);
  showUpstream(page.status);
  showStuck(page.stuck);
  showJournal(page.status, page.journal);
  showPlots(page.history);
  document.body.dataset.shown = Number(document.body.dataset.shown || 0) + 1;
}

async function ask() {
  try {
    const answer = await fetch("page.json", { cache: "no-store",
      signal: AbortSignal.timeout(10000) });
    if (!answer.ok) throw new Error(await answer.text());
    show(await answer.json());
  } catch (error) {
    showState("bad", "no answer: what is shown is old");
    console.error(error);
  }
}

// One question at a time, and none while nobody looks.
async function turn() {
  if (!document.hidden) await ask();
  setTimeout(turn, EVERY_MS);
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) ask();
});
turn();
