// The page: asks, keeps the conversation, and says how the service is doing.

import { ask, getJson } from "./api.js";
import { createCard } from "./card.js";
import { h } from "./dom.js";
import { chooseLanguage, language, startLanguage, tr } from "./i18n.js";

const $ = (id) => document.getElementById(id);
const [box, send, stop, cards, notice] = ["question", "send", "stop", "cards", "notice"].map($);
let running = null; // the AbortController of the question that streams
let starters = [];

async function put(question) {
  question = question.trim();
  if (!question || running) return;
  const card = createCard(question, { onAsk: put, announce: (text) => { $("live").textContent = text; } });
  $("welcome").hidden = true;
  cards.append(card.el);
  card.el.scrollIntoView({ block: "start", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  busy(new AbortController());
  try {
    for await (const event of ask(question, running.signal)) card.handle(event);
    card.end();
  } catch (error) {
    if (error.name === "AbortError") card.stop();
    else card.fail(error);
    if (error.status === 0 || error.status === 503) watch();
  } finally {
    busy(null);
  }
}

function busy(controller) {
  const hadFocus = [send, stop].includes(document.activeElement);
  running = controller;
  send.hidden = Boolean(controller);
  stop.hidden = !controller;
  if (hadFocus) (controller ? stop : box).focus();
}

function submit() {
  const question = box.value;
  if (!question.trim() || running) return;
  box.value = "";
  grow();
  put(question);
}

function grow() {
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight + 2, 200)}px`;
}

/** Follows the service until the model is loaded and the backend answers. */
let watching = false;
async function watch() {
  if (watching) return;
  watching = true;
  let problem;
  while ((problem = await trouble())) {
    tr($("notice-title"), problem.key);
    tr($("notice-hint"), problem.hint ?? "");
    $("notice-detail").textContent = problem.detail ?? "";
    notice.hidden = false;
    await new Promise((done) => setTimeout(done, 3000));
  }
  notice.hidden = true;
  watching = false;
}

async function trouble() {
  try {
    await getJson("readyz");
  } catch (error) {
    if (error.status !== 503) return { key: "offline", hint: "offlineText", detail: error.status ? error.message : "" };
    return { key: "starting", hint: "startingText", detail: error.message };
  }
  try {
    const { total, scenarios } = await getJson("api/v1/catalog", { limit: 1 });
    tr($("facts"), "facts", { metrics: total.toLocaleString("en"), scenarios: scenarios.length });
    starters = (await getJson("api/v1/questions")).questions;
    showStarters();
  } catch (error) {
    return error.status === 0 ? { key: "offline", hint: "offlineText" } : { key: "backendDown", detail: error.message };
  }
  return null;
}

function showStarters() {
  const spread = []; // one question of each scenario before a second one of any
  for (let round = 0; spread.length < Math.min(8, starters.length); round += 1) {
    const seen = new Map();
    for (const starter of starters) {
      const nth = seen.get(starter.scenario) ?? 0;
      seen.set(starter.scenario, nth + 1);
      if (nth === round && spread.length < 8) spread.push(starter);
    }
  }
  $("starters").replaceChildren(...spread.map((starter) => {
    const text = starter[language()] || starter.en;
    return h("button.chip", { type: "button", onclick: () => put(text) }, text);
  }));
}

function showLanguage() {
  for (const button of document.querySelectorAll("[data-lang]")) button.setAttribute("aria-pressed", button.dataset.lang === language());
  showStarters();
}

startLanguage();
showLanguage();
for (const button of document.querySelectorAll("[data-lang]")) {
  button.addEventListener("click", () => { chooseLanguage(button.dataset.lang); showLanguage(); });
}
$("ask").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
stop.addEventListener("click", () => running?.abort());
box.addEventListener("input", grow);
box.addEventListener("keydown", (event) => {
  // Enter that ends the input of a Chinese word belongs to the input method.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submit();
});
watch();
