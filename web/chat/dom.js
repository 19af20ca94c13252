// Small helpers that build DOM nodes. What the API sends is untrusted: it only ever becomes text.

/** h("p.note", {title: "x", onclick: f}, "text", node, null) builds an element. */
export function h(spec, attributes = {}, ...children) {
  const [tag, ...classes] = spec.split(".");
  const el = document.createElement(tag);
  if (classes.length) el.className = classes.join(" ");
  assign(el, attributes);
  el.append(...children.flat().filter((child) => child != null));
  return el;
}

export function svg(tag, attributes = {}, ...children) {
  const el = document.createElementNS("http://www.w3.org/2000/svg", tag);
  assign(el, attributes);
  el.append(...children);
  return el;
}

function assign(el, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value == null || value === false) continue;
    if (name.startsWith("on")) el.addEventListener(name.slice(2), value);
    else el.setAttribute(name, value === true ? "" : value);
  }
}

export async function copyText(text) {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = h("textarea.unseen"); // plain http on another host has no clipboard API
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

/** A number for people: 1234567 → 1.235 M, 0.25 → 0.25. NaN and ±Inf stay as Prometheus writes them. */
export function humanise(raw) {
  const value = Number(raw === "+Inf" ? Infinity : raw === "-Inf" ? -Infinity : raw);
  if (!Number.isFinite(value)) return String(raw);
  const rounded = Number(value.toPrecision(4));
  const size = Math.abs(rounded);
  if (size !== 0 && (size < 1e-3 || size >= 1e18)) return value.toExponential(2);
  const power = size < 1e4 ? 0 : Math.min(5, Math.floor(Math.log10(size) / 3));
  return String(Number((rounded / 1000 ** power).toPrecision(4))) + ["", " k", " M", " G", " T", " P"][power];
}

/** {job: "api", instance: "a:1"} → job="api", instance="a:1" */
export function seriesName(metric) {
  const labels = Object.entries(metric).filter(([name]) => name !== "__name__");
  const text = labels.map(([name, value]) => `${name}="${value}"`).join(", ");
  if (!metric.__name__) return text || "{}";
  return text ? `${metric.__name__}{${text}}` : metric.__name__;
}
