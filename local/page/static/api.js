// The way to the server: reading with ETag, acting with the page's token.

const token = document.querySelector('meta[name="page-token"]').content;
let etag = "";

/**
 * What the server has at `path`; null when it has nothing.
 * @param {string} path @param {Record<string, string>} parameters
 */
export async function read(path, parameters) {
  const response = await fetch(`${path}?${new URLSearchParams(parameters)}`);
  return response.ok ? response.json() : null;
}

/**
 * The overview, or null while nothing has changed since the last call.
 * @param {string} viewer
 */
export async function changedOverview(viewer) {
  const response = await fetch(`/api/overview?${new URLSearchParams({ as: viewer })}`, { headers: { "If-None-Match": etag } });
  if (response.status !== 200) return null;
  etag = response.headers.get("ETag") ?? "";
  return response.json();
}

/**
 * Do something; returns whether it was done and what there is to say about it.
 * @param {"press" | "say" | "wait"} what @param {object} wanted
 * @returns {Promise<{done: boolean, said: string}>}
 */
export async function act(what, wanted) {
  try {
    const response = await fetch(`/api/${what}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Page-Token": token },
      body: JSON.stringify(wanted),
    });
    const answer = await response.json();
    return { done: response.ok, said: answer.error ?? answer.notice ?? "" };
  } catch {
    return { done: false, said: "The demo does not answer. Is it still running?" };
  }
}
