// SPDX-License-Identifier: GPL-3.0-or-later
// Asks Prometheus, by the front door, and shows what it says. What comes from there is text, never markup.
"use strict";

const RANGES = { "1 h": 3600, "6 h": 21600, "24 h": 86400, "7 d": 604800, "30 d": 2592000 };
const EVERY = 30000;
const SERIES = 8;
const at = (id) => document.getElementById(id);
const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

let range = RANGES[localStorage.getItem("range")] ? localStorage.getItem("range") : "6 h";
let plots = [];
let turn = 0;

// --- words ---------------------------------------------------------------------------------------------------------------
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const count = (value) => whole.format(Math.round(value));
const dollars = (value) => (value === 0 ? "$0" : value < 0.01 ? `$${value.toPrecision(2)}` : `$${value.toFixed(2)}`);
const seconds = (value) => (Number.isNaN(value) ? "–" : value < 1 ? `${Math.round(value * 1000)} ms` : `${value.toFixed(1)} s`);

function span(value) {
  const size = Math.abs(value);
  for (const [unit, length] of [["d", 86400], ["h", 3600], ["min", 60]]) {
    if (size >= length * (unit === "d" ? 2 : 1)) return `${Math.floor(size / length)} ${unit}`;
  }
  return `${Math.floor(size)} s`;
}

function element(name, text, ...classes) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  made.classList.add(...classes.filter(Boolean));
  return made;
}

// --- Prometheus ----------------------------------------------------------------------------------------------------------
async function ask(what, parameters = {}) {
  const answer = await fetch(`api/v1/${what}?${new URLSearchParams(parameters)}`, { cache: "no-store" });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.error?.message || said.error || `Prometheus answers ${answer.status}`);
  return said.data;
}

// [{labels, value}] of this moment.
async function now(query) {
  const { result } = await ask("query", { query });
  return result.map((one) => ({ labels: one.metric, value: Number(one.value[1]) }));
}

// What has been added in the range that is shown.
const sum = (name, by) => now(`sum by (${by}) (increase(${name}[${RANGES[range]}s]))`);

async function one(query) {
  const found = await now(query);
  return found.length ? found[0].value : undefined;
}

// --- tiles and tables ----------------------------------------------------------------------------------------------------
function tile(name, value, note, kind) {
  const made = element("dl", undefined, "tile");
  made.style.margin = 0;
  const shown = element("dd", value, kind);
  if (note) shown.append(element("small", note));
  made.append(element("dt", name), shown);
  return made;
}

function table(place, columns, rows, none) {
  if (!rows.length) return at(place).replaceChildren(element("p", none, "none"));
  const made = element("table");
  const head = made.createTHead().insertRow();
  for (const [name, number] of columns) head.append(element("th", name, number && "number"));
  const body = made.createTBody();
  for (const row of rows) {
    const line = body.insertRow();
    row.forEach((cell, index) => {
      const [text, kind] = Array.isArray(cell) ? cell : [cell];
      line.append(element("td", text, columns[index][1] && "number", kind));
    });
  }
  const box = element("div", undefined, "table");
  box.append(made);
  at(place).replaceChildren(box);
}

// --- charts --------------------------------------------------------------------------------------------------------------
const CHARTS = [
  { title: "Requests to models", note: "per interval", name: "mcp_lan_requests_total", by: "model", text: count },
  { title: "Requests by key", note: "per interval, models and tools", query: (step) =>
      `sum by (key) (increase(mcp_lan_requests_total[${step}s])) + sum by (key) (increase(mcp_lan_mcp_calls_total[${step}s]))`
      + ` or sum by (key) (increase(mcp_lan_requests_total[${step}s])) or sum by (key) (increase(mcp_lan_mcp_calls_total[${step}s]))`,
    by: "key", text: count },
  { title: "Calls of tools", note: "per interval", name: "mcp_lan_mcp_calls_total", by: "server, tool", text: count },
  { title: "Failures", note: "per interval, of models and tools", query: (step) =>
      `sum by (model) (increase(mcp_lan_requests_total{status="failure"}[${step}s]))`
      + ` or sum by (server, tool) (increase(mcp_lan_mcp_calls_total{status="failure"}[${step}s]))`, text: count },
  { title: "Latency", note: "95 % of requests to models are faster", query: (step) =>
      `histogram_quantile(0.95, sum by (model, le) (rate(mcp_lan_request_seconds_bucket[${Math.max(step, 300)}s])))`,
    by: "model", text: seconds },
  { title: "Spend by key", note: "dollars per interval", name: "mcp_lan_spend_dollars_total", by: "key", text: dollars },
  { title: "At the front door", note: "answers by status, per interval", name: "mcp_lan_http_requests_total", by: "status", text: count },
  { title: "The spend log", note: "bytes on the disk", query: (step) => `last_over_time(mcp_lan_table_bytes{table="LiteLLM_SpendLogs"}[${step}s])`,
    text: (value) => `${(value / 1048576).toFixed(1)} MiB` },
];

const named = (labels) => [labels.server, labels.tool].filter(Boolean).join(" ") || labels.model || labels.key || labels.status
  || labels.table || "(none)";

// [[times], [values of each series]] with the names; those beyond the largest go together.
function aligned(result, start, end, step) {
  const times = [];
  for (let time = start; time <= end; time += step) times.push(time);
  const place = new Map(times.map((time, index) => [time, index]));
  let series = result.map(({ metric, values }) => {
    const line = new Array(times.length).fill(null);
    let total = 0;
    for (const [time, value] of values) {
      const number = Number(value);
      if (!place.has(time) || Number.isNaN(number)) continue;
      line[place.get(time)] = number;
      total += number;
    }
    return { name: named(metric), line, total };
  });
  series.sort((a, b) => b.total - a.total || a.name.localeCompare(b.name));
  series = series.filter(({ line }) => line.some((value) => value !== null));
  if (series.length > SERIES) {
    const rest = series.slice(SERIES - 1);
    const line = times.map((_, index) => rest.reduce((all, each) => all + (each.line[index] || 0), 0));
    series = [...series.slice(0, SERIES - 1), { name: `${rest.length} others`, line }];
  }
  return { times, series };
}

const alone = (values) => values.flatMap((value, index) =>
  (value != null && values[index - 1] == null && values[index + 1] == null ? [index] : []));

function draw(figure, chart, { times, series }) {
  const old = plots.find((each) => each.figure === figure);
  if (old) old.plot.destroy();
  plots = plots.filter((each) => each.figure !== figure);
  figure.querySelector(".place").replaceChildren();
  if (!series.length) return figure.querySelector(".place").append(element("p", "Nothing in this time.", "none"));
  const axis = { stroke: css("--soft"), grid: { stroke: css("--line"), width: 1 }, ticks: { stroke: css("--line"), width: 1 }, font: "12px system-ui" };
  const plot = new uPlot({
    width: figure.querySelector(".place").clientWidth, height: 210,
    cursor: { points: { size: 7 } },
    scales: { x: { time: true }, y: { range: (_, low, high) => [Math.min(0, low ?? 0), (high || 1) * 1.08] } },
    axes: [{ ...axis, space: 70, values: (_, ticks) => ticks.map(clock) },
      { ...axis, size: 64, values: (_, ticks) => axisWords(ticks, chart.text), ...(chart.text === count ? { incrs: WHOLE } : {}) }],
    series: [{ value: (_, time) => (time ? new Date(time * 1000).toLocaleString("en-GB", { dateStyle: "short", timeStyle: "short" }) : "") },
      ...series.map(({ name }, index) => ({
        label: name, stroke: css(`--c${index + 1}`), width: 2,
        // Where points are too close to be drawn, one that has none beside it is no line either.
        points: { size: 5, filter: (drawn, number, show) => (show ? null : alone(drawn.data[number])) },
        value: (_, value) => (value === null || value === undefined ? "–" : chart.text(value)),
      }))],
  }, [times, ...series.map(({ line }) => line)], figure.querySelector(".place"));
  plots.push({ figure, plot });
}

const WHOLE = [1, 2, 5].flatMap((digit) => [...Array(9).keys()].map((power) => digit * 10 ** power)).sort((a, b) => a - b);

// What is written below a tick: a day where it begins, or the time of day.
function clock(time) {
  const at = new Date(time * 1000);
  return at.getHours() || at.getMinutes() ? at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" })
    : at.toLocaleDateString("en-GB", { day: "numeric", month: "short" });
}

// A tick between two whole numbers has no words of its own.
function axisWords(ticks, text) {
  const words = ticks.map((tick) => text(tick));
  return words.map((word, index) => (words.indexOf(word) === index ? word : ""));
}

function figures() {
  at("charts").replaceChildren(...CHARTS.map((chart) => {
    const figure = element("figure");
    const caption = element("figcaption", chart.title);
    caption.append(element("span", chart.note));
    figure.append(caption, element("div", undefined, "place"));
    chart.figure = figure;
    return figure;
  }));
}

async function charts(mine) {
  const length = RANGES[range];
  const step = Math.max(60, Math.ceil(length / 120 / 60) * 60);
  // The interval that goes on is shown as far as it is.
  const end = Math.ceil(Date.now() / 1000 / step) * step;
  const start = end - Math.floor(length / step) * step;
  await Promise.all(CHARTS.map(async (chart) => {
    const query = chart.query ? chart.query(step) : `sum by (${chart.by}) (increase(${chart.name}[${step}s]))`;
    const { result } = await ask("query_range", { query, start, end, step });
    if (mine === turn) draw(chart.figure, chart, aligned(result, start, end, step));
  }));
}

// --- the whole page ------------------------------------------------------------------------------------------------------
async function status() {
  const [up, connected, database, info, backup, ready] = await Promise.all([
    one("mcp_lan_gateway_up"), one("mcp_lan_gateway_database_connected"), one("mcp_lan_database_up"),
    now("mcp_lan_gateway_info"), one("time() - (mcp_lan_backup_last_timestamp_seconds > 0)"), one("mcp_lan_gateway_ready_seconds"),
  ]);
  const { alerts } = await ask("alerts");
  const firing = alerts.filter((alert) => alert.state === "firing");
  const [models, tools, spends, failures, spend, minted, due, budgets, latency] = await Promise.all([
    sum("mcp_lan_requests_total", "key, model"), sum("mcp_lan_mcp_calls_total", "key, server, tool"),
    sum("mcp_lan_spend_dollars_total", "key, model"),
    Promise.all([sum('mcp_lan_requests_total{status="failure"}', "key, model"), sum('mcp_lan_mcp_calls_total{status="failure"}', "key, server, tool")]),
    now("mcp_lan_key_spend_dollars"), now("time() - mcp_lan_key_minted_timestamp_seconds"),
    now("mcp_lan_key_rotation_due_timestamp_seconds - time()"), now("mcp_lan_key_budget_dollars"),
    now(`histogram_quantile(0.95, sum by (model, le) (increase(mcp_lan_request_seconds_bucket[${RANGES[range]}s])))`),
  ]);
  const all = (list) => list.reduce((total, each) => total + each.value, 0);
  const failed = [...failures[0], ...failures[1]];
  const state = (value) => (value === 1 ? ["up", "good"] : value === 0 ? ["down", "bad"] : ["unknown", "warn"]);
  const version = info.length ? `LiteLLM ${info[0].labels.version}` : "";
  const [gateway, gatewayKind] = up === 1 && connected === 0 ? ["no database", "bad"] : state(up);
  const [base, baseKind] = state(database);
  at("tiles").replaceChildren(
    tile("Gateway", gateway, [version, ready !== undefined && `ready in ${seconds(ready)}`].filter(Boolean).join(", "), gatewayKind),
    tile("Database", base, "", baseKind),
    tile("Alerts", count(firing.length), firing.length ? "firing" : "none firing", firing.length ? "bad" : "good"),
    tile("Requests", count(all(models) + all(tools)), `${count(all(models))} to models, ${count(all(tools))} to tools`),
    tile("Failures", count(all(failed)), `in ${range}`, all(failed) >= 1 && "warn"),
    tile("Spend", dollars(all(spends)), `in ${range}`),
    tile("Backup", backup === undefined ? "none" : span(backup), backup === undefined ? "" : "old", backup === undefined && "warn"),
  );
  table("alerts", [["Alert"], ["State"], ["Since"], ["What it is"], ["What to do"]], alerts
    .sort((a, b) => a.state.localeCompare(b.state) || a.labels.alertname.localeCompare(b.labels.alertname))
    .map((alert) => [
      [alert.labels.alertname, alert.state === "firing" ? (alert.labels.severity === "critical" ? "bad" : "warn") : ""],
      alert.state, span((Date.now() - Date.parse(alert.activeAt)) / 1000), alert.annotations.summary, alert.annotations.runbook,
    ]), "Nothing is wrong that is watched.");
  const of = (list, labels) => all(list.filter((each) => Object.entries(labels).every(([name, value]) => (each.labels[name] || "") === value)));
  const keys = [...new Set([...minted, ...models, ...tools].map((each) => each.labels.key))].sort();
  table("keys", [["Key"], ["To models", 1], ["To tools", 1], ["Failures", 1], ["Spend", 1], ["Spent of its budget", 1], ["Value's age", 1], ["To be replaced", 1]],
    keys.map((key) => {
      const find = (list) => list.find((each) => each.labels.key === key)?.value;
      const left = find(due);
      const budget = find(budgets);
      const spent = find(spend) || 0;
      return [key, count(of(models, { key })), count(of(tools, { key })), count(of(failed, { key })), dollars(of(spends, { key })),
        budget === undefined ? "–" : [`${dollars(spent)} of ${dollars(budget)}`, spent >= budget * 0.9 && "warn"],
        find(minted) === undefined ? "–" : span(find(minted)),
        left === undefined ? "–" : left < 0 ? [`${span(left)} ago`, "bad"] : `in ${span(left)}`];
    }), "There is no key with a name.");
  const modelNames = [...new Set(models.map((each) => each.labels.model || ""))].filter((name) => name || of(models, { model: "" }) >= 1).sort();
  table("models", [["Model"], ["Requests", 1], ["Failures", 1], ["95 % faster than", 1], ["Spend", 1]], modelNames.map((model) => [
    model || "(none: refused before)", count(of(models, { model })), count(of(failures[0], { model })),
    seconds(latency.find((each) => (each.labels.model || "") === model)?.value ?? NaN), dollars(of(spends, { model })),
  ]), `No model was asked in ${range}.`);
  const toolNames = [...new Map(tools.map((each) => [named(each.labels), each.labels])).entries()].sort();
  table("tools", [["Server"], ["Tool"], ["Calls", 1], ["Failures", 1], ["Keys", 1]], toolNames.map(([, { server = "", tool = "" }]) => [
    server, tool, count(of(tools, { server, tool })), count(of(failures[1], { server, tool })),
    count(tools.filter((each) => (each.labels.server || "") === server && (each.labels.tool || "") === tool && each.value >= 0.5).length),
  ]), `No tool was called in ${range}.`);
}

async function show() {
  const mine = (turn += 1);
  try {
    await Promise.all([status(), charts(mine)]);
    say(`as of ${new Date().toLocaleTimeString("en-GB")}`);
  } catch (error) {
    say(`${error.message}`, "bad");
  }
}

function say(text, kind) {
  at("said").textContent = text;
  at("said").className = kind || "";
}

function choose(name) {
  range = name;
  localStorage.setItem("range", name);
  for (const button of at("ranges").children) button.setAttribute("aria-pressed", String(button.textContent === name));
  show();
}

at("theme").addEventListener("click", () => {
  const dark = document.documentElement.dataset.theme
    ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = dark ? "light" : "dark";
  localStorage.setItem("theme", document.documentElement.dataset.theme);
  show();
});
if (localStorage.getItem("theme")) document.documentElement.dataset.theme = localStorage.getItem("theme");
for (const name of Object.keys(RANGES)) {
  const button = element("button", name);
  button.type = "button";
  button.addEventListener("click", () => choose(name));
  at("ranges").append(button);
}
figures();
new ResizeObserver(() => {
  for (const { figure, plot } of plots) plot.setSize({ width: figure.querySelector(".place").clientWidth, height: 210 });
}).observe(at("charts"));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", show);
setInterval(() => document.hidden || show(), EVERY);
choose(range);
