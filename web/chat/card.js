// One question and what came of it: filled event by event while the answer streams, and once more from the whole answer.

import { Problem, getJson } from "./api.js";
import { MAX_SERIES, lineChart } from "./chart.js";
import { copyText, h, humanise, seriesName } from "./dom.js";
import { t, tr } from "./i18n.js";
import { drawQuery, severity } from "./promql.js";

const MAX_ROWS = 50;
const STAGES = { reasoning: "thinking", draft: "checking", repaired: "repairing", dry_run: "ran" };
const word = (spec, key, params) => tr(h(spec), key, params);

/** `onAsk(question)` asks another question, `announce(text)` tells a screen reader. */
export function createCard(question, { onAsk, announce }) {
  const started = performance.now();
  const badge = h("span.badge.working", { "data-testid": "status" });
  const stage = h("span.stage");
  const reasoning = h("div.reasoning");
  const reasoningBox = h("details.reasoning-box", { "data-testid": "reasoning", hidden: true, open: true }, word("summary", "reasoning"), reasoning);
  const slots = Object.fromEntries(["query", "explanation", "result", "chart", "leaned", "suggestions", "meta"].map((name) => [name, h(`div.slot`)]));
  const el = h("article.card", { "aria-busy": "true" },
    h("h2.asked", {}, question), h("p.state", {}, badge, stage), reasoningBox, Object.values(slots));
  let promql = null;
  let findings = [];
  let settled = false;
  show("working", "looking");

  function show(status, key, text = "") {
    badge.className = `badge ${status}`;
    tr(badge, status);
    stage.replaceChildren(key ? word("span", key) : text);
    announce(`${t(status)}. ${key ? t(key) : text}`);
  }

  function showQuery(isDraft) {
    if (promql) slots.query.replaceChildren(queryBlock(promql, findings, isDraft ? "draft" : "query", isDraft ? undefined : "promql"));
    else slots.query.replaceChildren(...findingList(findings, null));
  }

  const handlers = {
    retrieved({ examples, metrics }) { show("working", "thinking"); showLeaned(slots.leaned, examples, metrics); },
    reasoning({ text }) {
      const atEnd = reasoning.scrollHeight - reasoning.scrollTop - reasoning.clientHeight < 40;
      reasoningBox.hidden = false;
      reasoning.append(text);
      if (atEnd) reasoning.scrollTop = reasoning.scrollHeight;
    },
    draft(data) { promql = data.promql; showQuery(true); },
    finding(data) { findings.push(data); showQuery(true); },
    repaired(data) { promql = data.promql; findings = []; showQuery(true); },
    dry_run(data) { showResult(slots.result, data, null); },
    answer(answer) {
      ({ promql, findings } = answer);
      showQuery(false);
      showExplanation(slots.explanation, answer.explanation);
      showLeaned(slots.leaned, answer.examples, answer.metrics);
      showSuggestions(slots.suggestions, answer, onAsk);
      showMeta(slots.meta, answer, performance.now() - started);
      if (promql) showResult(slots.result, answer.dry_run, promql).then((rows) => showChart(slots.chart, promql, answer.dry_run, rows));
      else slots.result.replaceChildren();
      settle(answer.status, `${answer.status}Text`); // last: an answer that cannot be shown is a failure
    },
    error(problem) { fail(problem); },
  };

  function settle(status, key, text) {
    settled = true;
    el.removeAttribute("aria-busy");
    show(status, key, text);
    reasoning.textContent = reasoning.textContent.trim();
    if (status === "answered") reasoningBox.open = false;
  }

  function fail({ title, detail, status }) {
    if (settled) return;
    settle("failed", "", [status === 0 ? t("offline") : title, detail].filter(Boolean).join(". "));
    slots.meta.replaceChildren(tr(h("button.chip", { type: "button", onclick: () => onAsk(question) }), "retry"));
  }

  return {
    el,
    handle({ event, data }) {
      const key = STAGES[event];
      if (key && stage.dataset.key !== key && !settled) { stage.dataset.key = key; show("working", key); }
      handlers[event]?.(data); // an event of a newer service is no error
    },
    stop: () => settled || settle("stopped", "stoppedText"),
    fail,
    end: () => settled || fail(new Problem({ status: -1, detail: t("cutOff") })),
  };
}

function queryBlock(promql, findings = [], title = "query", testid = undefined) {
  const code = h("code", { "data-testid": testid });
  drawQuery(code, promql, findings);
  const copy = tr(h("button.quiet", { type: "button" }), "copy");
  copy.addEventListener("click", async () => {
    await copyText(promql);
    tr(copy, "copied");
    setTimeout(() => tr(copy, "copy"), 1500);
  });
  return h("section.query", {}, h("div.bar", {}, word("h3", title), copy), h("pre", {}, code), findingList(findings, code));
}

function findingList(findings, code) {
  if (!findings.length) return [];
  return [h("ul.findings", {}, findings.map((finding, index) => {
    const light = (on) => () => {
      for (const mark of code?.querySelectorAll("[data-finding]") ?? []) {
        mark.classList.toggle("lit", on && mark.dataset.finding.split(" ").includes(String(index)));
      }
    };
    return h(`li.${severity(finding)}`, { "data-testid": "finding", onpointerenter: light(true), onpointerleave: light(false) },
      word("strong", severity(finding)), h("span", {}, finding.summary), h("small.check", {}, finding.check),
      finding.detail ? h("p", {}, finding.detail) : null);
  }))];
}

function showExplanation(slot, steps) {
  if (!steps.length) return;
  slot.replaceChildren(h("section", {}, word("h3", "explanation"), h("ol.steps", { "data-testid": "explanation" }, steps.map(({ step, promql }) => {
    const code = h("code.inline");
    drawQuery(code, promql);
    return h("li", {}, h("span", {}, step), code);
  }))));
}

/** The sample of the dry run at once; with `promql`, the whole result where the sample is only its beginning. Gives the rows shown. */
async function showResult(slot, dryRun, promql) {
  const { outcome, series, sample, warnings } = dryRun;
  const section = (rows, ...children) => {
    slot.replaceChildren(h("section", {}, word("h3", "result"), ...children, warnings.map((text) => h("p.note", {}, text))));
    return rows;
  };
  if (outcome === "empty") return section([], word("p.note", "empty"));
  if (outcome !== "ok") return section([], word("p.note", outcome === "error" ? "runError" : outcome));
  section(sample, resultTable(sample, series));
  if (!promql || series <= sample.length || sample.length >= MAX_ROWS) return sample;
  try {
    const { data } = await getJson("api/v1/query", { query: promql, time: Math.floor(Date.now() / 1000) });
    const rows = ["vector", "matrix"].includes(data.resultType) ? data.result : [{ metric: {}, value: data.result }];
    return section(rows, resultTable(rows, rows.length));
  } catch (error) {
    return section(sample, resultTable(sample, series), word("p.note", "resultFailed", { detail: error.message }));
  }
}

function resultTable(rows, total) {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row.metric ?? {})))].sort((a, b) => (b === "__name__") - (a === "__name__"));
  const shown = rows.slice(0, MAX_ROWS);
  const head = h("tr", {}, names.map((name) => (name === "__name__" ? word("th", "metric") : h("th", {}, name))), word("th.value", "value"));
  const body = shown.map(({ metric = {}, value, values }) => {
    const raw = String((value ?? values?.at(-1) ?? [0, ""])[1]);
    const cell = h("td.value", { title: raw });
    if (values?.length) tr(cell, "samples", { value: humanise(raw), n: values.length });
    else cell.textContent = humanise(raw);
    return h("tr", {}, names.map((name) => h("td", { title: metric[name] }, metric[name] ?? "")), cell);
  });
  return h("div", {},
    tr(h("div.scroll", { tabindex: 0, role: "group" }, h("table", { "data-testid": "result-table" }, h("thead", {}, head), h("tbody", {}, body))), "result", {}, "aria-label"),
    total > shown.length ? word("p.note", "more", { n: total - shown.length }) : null);
}

async function showChart(slot, promql, dryRun, rows) {
  if (dryRun.outcome !== "ok" || /matrix|range|string/.test(dryRun.result_type)) return; // only an instant vector or a number has a course
  const section = (...children) => slot.replaceChildren(h("section", {}, word("h3", "chart"), ...children));
  const step = 30;
  const end = Math.floor(Date.now() / 1000 / step) * step;
  const range = { start: end - 3600, end, step };
  section(word("p.note", "loading"));
  try {
    const { data } = await getJson("api/v1/query_range", { query: promql, ...range });
    if (!data.result.length) return section(word("p.note", "noHistory"));
    const rank = new Map(rows.map(({ metric }, index) => [seriesName(metric ?? {}), index]));
    const place = ({ metric }) => rank.get(seriesName(metric)) ?? Infinity;
    const series = [...data.result].sort((a, b) => place(a) - place(b) || 0).slice(0, MAX_SERIES); // in the order of the table
    section(lineChart(series, range),
      data.result.length > series.length ? word("p.note", "moreSeries", { shown: series.length, n: data.result.length }) : "");
  } catch (error) {
    section(word("p.note", "chartFailed", { detail: error.message }));
  }
}

function showLeaned(slot, examples, metrics) {
  if (!examples.length && !metrics.length) return slot.replaceChildren();
  const open = slot.querySelector("details")?.open ?? false;
  slot.replaceChildren(h("details", { open },
    h("summary", {}, word("span", "leaned"), word("small", "leanedCount", { examples: examples.length, metrics: metrics.length })),
    examples.length ? word("h4", "examples") : null,
    h("ul.leaned", {}, examples.map((example) => {
      const code = h("code.inline");
      drawQuery(code, example.promql);
      return h("li", {}, h("span", {}, example.question), word("small", "similarity", { n: Math.round(example.score * 100) }), code);
    })),
    metrics.length ? word("h4", "metrics") : null,
    h("ul.leaned", {}, metrics.map((metric) => h("li", {},
      h("code", {}, metric.name), h("small", {}, [metric.type, metric.unit].filter(Boolean).join(", ")), h("span", {}, metric.help))))));
}

function showSuggestions(slot, { suggestions, alternatives }, onAsk) {
  slot.replaceChildren(...[
    suggestions.length ? h("section", {}, word("h3", "suggestions"), h("div.chips", {}, suggestions.map((text) =>
      h("button.chip", { type: "button", "data-testid": "suggestion", onclick: () => onAsk(text) }, text)))) : null,
    alternatives.length ? h("details", {}, word("summary", "alternatives"), alternatives.map((promql) => queryBlock(promql))) : null,
  ].filter(Boolean));
}

function showMeta(slot, answer, elapsed) {
  const { origin, model, confidence, usage, timings_ms: timings } = answer;
  const tokens = usage.prompt_tokens + usage.completion_tokens;
  const stages = Object.entries(timings).map(([name, ms]) => `${name} ${Math.round(ms)} ms`).join(" · ");
  slot.replaceChildren(h("details.meta", {},
    h("summary", {}, word("span", "total", { s: ((timings.total ?? elapsed) / 1000).toFixed(1) }),
      origin === "memory" ? word("span", "memory") : h("span", {}, model),
      answer.status === "declined" ? null : word("span", "confidence", { n: Math.round(confidence * 100) })),
    stages ? h("p", {}, word("span", "timings"), ` ${stages}`) : null,
    tokens ? word("p", "tokens", { n: tokens }) : null));
}
