/** One way to the server: JSON, the language on screen, the header against forged requests, errors in their one shape. */
import { currentLang } from "../ui/words";

/** What the server says when it cannot: `{code, message, where?, hint?}`, with the HTTP status (0: no answer at all). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly where: string | undefined;
  readonly hint: string | undefined;
  /** Whatever else the answer carries (a newer version of what was edited, a list of problems). */
  readonly body: Readonly<Record<string, unknown>>;

  constructor(status: number, body: Readonly<Record<string, unknown>>) {
    super(typeof body["message"] === "string" ? body["message"] : "");
    this.name = "ApiError";
    this.status = status;
    this.code = typeof body["code"] === "string" ? body["code"] : status === 0 ? "offline" : "http";
    this.where = typeof body["where"] === "string" ? body["where"] : undefined;
    this.hint = typeof body["hint"] === "string" ? body["hint"] : undefined;
    this.body = body;
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>;
export type Options = { query?: Query; signal?: AbortSignal | undefined };

const CALLED = { "x-dangol": "console" };

/** An address with its parameters; empty ones are left out. Never put an identifier of a person here. */
export function address(path: string, query: Query = {}): string {
  const said = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== "") said.set(name, String(value));
  }
  const text = said.toString();
  return text ? `${path}?${text}` : path;
}

let onSignedOut: () => void = () => undefined;

/** What happens when the server says that nobody is signed in (any more). */
export function whenSignedOut(what: () => void): void {
  onSignedOut = what;
}

async function refusal(answer: Response): Promise<ApiError> {
  let body: Record<string, unknown> = {};
  try {
    const read: unknown = await answer.json();
    if (read && typeof read === "object") body = read as Record<string, unknown>;
  } catch {
    // not ours: a proxy between us, or nothing at all
  }
  return new ApiError(answer.status, body);
}

/** The answer as it came, for downloads and streams; errors are thrown as `ApiError`. */
export async function raw(method: string, path: string, init: RequestInit = {}, options: Options = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("accept-language", currentLang());
  for (const [name, value] of Object.entries(CALLED)) headers.set(name, value);
  let answer: Response;
  try {
    answer = await fetch(address(path, options.query), {
      ...init,
      method,
      headers,
      credentials: "same-origin",
      ...(options.signal ? { signal: options.signal } : {}),
    });
  } catch (problem) {
    if (problem instanceof DOMException && problem.name === "AbortError") throw problem;
    throw new ApiError(0, {});
  }
  if (!answer.ok) {
    const error = await refusal(answer);
    if (error.status === 401) onSignedOut();
    throw error;
  }
  return answer;
}

async function json<T>(method: string, path: string, body: unknown, options: Options): Promise<T> {
  const init: RequestInit =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const answer = await raw(method, path, init, options);
  if (answer.status === 204) return undefined as T;
  return (await answer.json()) as T;
}

export const api = {
  get: <T>(path: string, query: Query = {}, signal?: AbortSignal) => json<T>("GET", path, undefined, { query, signal }),
  post: <T>(path: string, body: unknown = {}, options: Options = {}) => json<T>("POST", path, body, options),
  put: <T>(path: string, body: unknown = {}, options: Options = {}) => json<T>("PUT", path, body, options),
  patch: <T>(path: string, body: unknown = {}, options: Options = {}) => json<T>("PATCH", path, body, options),
  del: <T>(path: string, body?: unknown, options: Options = {}) => json<T>("DELETE", path, body, options),
};

/** Save what the server answers as a file on this computer. */
export async function download(method: "GET" | "POST", path: string, name: string, body?: unknown, query: Query = {}): Promise<void> {
  const init: RequestInit =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const answer = await raw(method, path, init, { query });
  saveAs(await answer.blob(), name);
}

/** Hand a file to the browser's downloads. */
export function saveAs(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
