// The words of the page. tr(node, key) binds a node to a word, so that switching the language needs no re-render.

const WORDS = {
  en: {
    language: "Language", welcome: "Ask your metrics a question",
    welcomeText: "In plain words. You get the PromQL for this system, checked and run, and the reasoning behind it.",
    question: "Your question", placeholder: "Ask about your metrics",
    send: "Ask", stop: "Stop", hint: "Enter to ask, Shift+Enter for a new line", copy: "Copy", copied: "Copied", retry: "Try again",
    facts: "{metrics} metrics · {scenarios} scenarios",
    starting: "The model is starting", startingText: "This takes a moment after a fresh start. The page notices when it is ready.",
    backendDown: "The metrics backend does not answer", offline: "The text2promql service cannot be reached",
    offlineText: "Is it still running? This page keeps trying.",
    answered: "Answered", unverified: "Unverified", declined: "Declined", working: "Working", stopped: "Stopped", failed: "Failed",
    answeredText: "Parsed, checked and run on the backend.",
    unverifiedText: "The best query found, but something stands against it. Read it before you use it.",
    declinedText: "This backend's metrics cannot answer the question.",
    stoppedText: "You stopped this question.",
    looking: "Looking for similar questions and metrics…", thinking: "Working out the query…", checking: "Checking the query…",
    repairing: "Repaired the query, checking again…", ran: "Ran the query, finishing…",
    cutOff: "The connection ended before the answer was complete.",
    reasoning: "Reasoning", query: "Query", draft: "Draft", explanation: "Step by step", result: "Result", chart: "Last hour",
    error: "Error", warning: "Warning", info: "Note", value: "value", metric: "metric", more: "and {n} more",
    moreSeries: "{shown} of {n} series are drawn",
    empty: "The query is valid, and nothing matches it right now.", loading: "Loading…",
    runError: "The backend refused to run this query.", too_expensive: "Not run: it would read too much.", skipped: "The query was not run.",
    resultFailed: "The result could not be loaded: {detail}", chartFailed: "The chart could not be loaded: {detail}",
    noHistory: "No history in the last hour.", samples: "{value} (last of {n} samples)",
    chartLabel: "Line chart of the last hour; the arrow keys read it out.",
    leaned: "What it leaned on", leanedCount: "{examples} examples, {metrics} metrics", examples: "Examples", metrics: "Metrics",
    similarity: "{n} % similar", suggestions: "Questions that can be answered", alternatives: "Other queries worth a look",
    confidence: "confidence {n} %", memory: "from memory", total: "{s} s", tokens: "{n} tokens", timings: "Timings",
  },
  zh: {
    language: "语言", welcome: "向你的指标提问",
    welcomeText: "用自然语言提问，得到适用于本系统、经过检查并实际运行过的 PromQL，以及它的推理过程。",
    question: "你的问题", placeholder: "输入关于指标的问题",
    send: "提问", stop: "停止", hint: "Enter 提问，Shift+Enter 换行", copy: "复制", copied: "已复制", retry: "重试",
    facts: "{metrics} 个指标 · {scenarios} 个场景",
    starting: "模型正在启动", startingText: "刚启动时需要稍等片刻，就绪后页面会自动更新。",
    backendDown: "指标后端没有响应", offline: "无法连接 text2promql 服务", offlineText: "服务还在运行吗？页面会继续重试。",
    answered: "已回答", unverified: "未验证", declined: "无法回答", working: "处理中", stopped: "已停止", failed: "失败",
    answeredText: "已解析、检查，并在后端运行过。", unverifiedText: "这是目前最好的查询，但仍有疑点，使用前请先阅读。",
    declinedText: "本后端的指标无法回答这个问题。", stoppedText: "你停止了这个问题。",
    looking: "正在查找相似的问题和指标…", thinking: "正在推导查询…", checking: "正在检查查询…",
    repairing: "已修复查询，正在重新检查…", ran: "查询已运行，即将完成…", cutOff: "连接在回答完成之前中断了。",
    reasoning: "推理过程", query: "查询", draft: "草稿", explanation: "逐步解释", result: "结果", chart: "最近一小时",
    error: "错误", warning: "警告", info: "提示", value: "值", metric: "指标", more: "还有 {n} 条",
    moreSeries: "绘制了 {n} 条序列中的 {shown} 条",
    empty: "查询有效，但目前没有匹配的数据。", loading: "加载中…",
    runError: "后端拒绝运行此查询。", too_expensive: "未运行：读取的数据量过大。", skipped: "查询没有运行。",
    resultFailed: "无法加载结果：{detail}", chartFailed: "无法加载图表：{detail}",
    noHistory: "最近一小时没有历史数据。", samples: "{value}（{n} 个样本中的最后一个）",
    chartLabel: "最近一小时的折线图；可用方向键读取。",
    leaned: "参考依据", leanedCount: "{examples} 个示例，{metrics} 个指标", examples: "示例", metrics: "指标",
    similarity: "相似度 {n}%", suggestions: "可以回答的问题", alternatives: "其他值得一看的查询",
    confidence: "置信度 {n}%", memory: "来自记忆", total: "{s} 秒", tokens: "{n} 个 token", timings: "耗时",
  },
};

const bound = new WeakMap(); // node → {attribute or "": [key, params]}; the node carries data-t
let lang = "en";

export const language = () => lang;
export const t = (key, params = {}) =>
  (WORDS[lang][key] ?? key).replace(/\{(\w+)\}/g, (_, name) => params[name] ?? "");

/** Puts a word into the node, as its text or as an attribute, and keeps it in the language of the page. */
export function tr(el, key, params = {}, attribute = "") {
  bound.set(el, { ...bound.get(el), [attribute]: [key, params] });
  el.dataset.t = key;
  put(el);
  return el;
}

function put(el) {
  for (const [attribute, [key, params]] of Object.entries(bound.get(el) ?? {})) {
    if (attribute) el.setAttribute(attribute, t(key, params));
    else el.textContent = t(key, params);
  }
}

export function setLanguage(next) {
  lang = next;
  document.documentElement.lang = lang === "zh" ? "zh-CN" : "en";
  document.querySelectorAll("[data-t]").forEach(put);
}

export function chooseLanguage(next) {
  setLanguage(next);
  try {
    localStorage.setItem("lang", next);
  } catch { /* storage may be switched off */ }
}

/** Binds the words of the HTML and picks the language: the one chosen before, else the browser's. */
export function startLanguage() {
  let stored = null;
  try {
    stored = localStorage.getItem("lang");
  } catch { /* storage may be switched off */ }
  for (const el of document.querySelectorAll("[data-t]")) tr(el, el.dataset.t, {}, el.dataset.tAttr);
  setLanguage(["en", "zh"].includes(stored) ? stored : navigator.language.startsWith("zh") ? "zh" : "en");
}
