// The program's answers.

/** What the program refuses, in its own words. */
export class Refusal extends Error {
  constructor(
    message: string,
    readonly status: number,
    /** Of a configuration, that the message is about. */
    readonly field: string | null = null,
  ) {
    super(message);
  }
}

async function ask<Answer>(path: string, init: RequestInit): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refusal("gradus lab does not answer; is it still running in its terminal?", 0);
  }
  const text = await response.text();
  const json = text === "" ? {} : JSON.parse(text);
  if (!response.ok) throw new Refusal(json.error ?? `status ${response.status}`, response.status, json.field ?? null);
  return json as Answer;
}

export function get<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  return ask<Answer>(path, { signal: signal ?? null });
}

export function post<Answer>(path: string, body: unknown = {}, signal?: AbortSignal): Promise<Answer> {
  return ask<Answer>(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
    signal: signal ?? null,
  });
}

/** A file's bytes as they are. */
export function upload<Answer>(path: string, file: Blob): Promise<Answer> {
  return ask<Answer>(path, { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: file });
}

export function remove<Answer>(path: string): Promise<Answer> {
  return ask<Answer>(path, { method: "DELETE" });
}

/**
 * Server-sent events of `path`, each name with its handler; `missed` says that some are lost and the whole state is to be
 * asked for. The browser comes back by itself after an interruption and goes on where it was. A hidden page follows
 * nothing: browsers allow six connections for all tabs together. `after` is the last event that is known already. Returns
 * the end of it.
 */
export function follow(path: string, handlers: Record<string, (data: never) => void>, after = ""): () => void {
  let source: EventSource | null = null;
  let last = after;
  const open = () => {
    source = new EventSource(last === "" ? path : `${path}?after=${last}`);
    for (const [name, handle] of Object.entries(handlers)) {
      source.addEventListener(name, (event: MessageEvent<string>) => {
        last = event.lastEventId;
        handle(JSON.parse(event.data) as never);
      });
    }
  };
  const close = () => {
    source?.close();
    source = null;
  };
  const look = () => {
    if (document.hidden) close();
    else if (source === null) open();
  };
  document.addEventListener("visibilitychange", look);
  look();
  return () => {
    document.removeEventListener("visibilitychange", look);
    close();
  };
}
