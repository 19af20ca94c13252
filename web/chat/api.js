// The REST API of the service. Addresses are relative, so the page also works under a path prefix.

/** What went wrong, as an RFC 9457 problem. `status` 0: the service did not answer at all. */
export class Problem extends Error {
  constructor({ title = "", detail = "", status = 0 } = {}) {
    super(detail || title || `HTTP ${status}`);
    Object.assign(this, { title, detail, status });
  }
}

async function request(path, options = {}) {
  let response;
  try {
    response = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem({ detail: error.message });
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => ({}));
  // Prometheus' own errors say {"error": …} where a problem says {"detail": …}.
  throw new Problem({ title: body.title ?? response.statusText, detail: body.detail ?? body.error, status: response.status });
}

export async function getJson(path, params = {}, signal = undefined) {
  const search = new URLSearchParams(params).toString();
  const response = await request(search ? `${path}?${search}` : path, { headers: { Accept: "application/json" }, signal });
  try {
    return await response.json();
  } catch {
    throw new Problem({ detail: `${path} did not answer with JSON`, status: response.status });
  }
}

/** The events of one question: yields {event, data} until the stream ends. */
export async function* ask(question, signal) {
  const response = await request("api/v1/ask", {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
    body: JSON.stringify({ question }), // no lang: the answer speaks the language of the question
    signal,
  });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      buffer += value;
      const blocks = buffer.split(/\r?\n\r?\n/);
      buffer = blocks.pop();
      for (const block of blocks) {
        const event = parseEvent(block);
        if (event) yield event;
      }
    }
  } catch (error) {
    if (error.name === "AbortError" || error instanceof SyntaxError) throw error;
    throw new Problem({ detail: error.message });
  } finally {
    reader.cancel().catch(() => {});
  }
}

function parseEvent(block) {
  let event = "message";
  const data = [];
  for (const line of block.split(/\r?\n/)) {
    const [, field, value] = /^(\w+): ?(.*)$/s.exec(line) ?? []; // comments (": ping") have no field
    if (field === "event") event = value;
    if (field === "data") data.push(value);
  }
  return data.length ? { event, data: JSON.parse(data.join("\n")) } : null;
}
