/** Server-sent events out of a stream of text. */

export interface ServerEvent {
  event: string;
  data: string;
}

/** Collects pieces of text and gives back the events that are complete. */
export class EventParser {
  private rest = "";

  push(piece: string): ServerEvent[] {
    // A lone \r at the end may be half of a \r\n: it waits for the next piece.
    const text = this.rest + piece;
    const whole = text.endsWith("\r") ? text.slice(0, -1) : text;
    const blocks = whole.replace(/\r\n?/g, "\n").split("\n\n");
    this.rest = (blocks.pop() ?? "") + text.slice(whole.length);
    return blocks.flatMap(read);
  }
}

function read(block: string): ServerEvent[] {
  let event = "message";
  const data: string[] = [];
  for (const line of block.split("\n")) {
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") event = value;
    if (field === "data") data.push(value);
  }
  return data.length ? [{ event, data: data.join("\n") }] : [];
}
