// The page's requests.

const token = document.querySelector('meta[name="page-token"]')?.getAttribute("content") ?? "";

/**
 * Ask for a view model; null when there is none for this person.
 * @template T
 * @param {string} path
 * @param {Record<string, string>} [parameters]
 * @returns {Promise<T | null>}
 */
export async function ask(path, parameters = {}) {
  const response = await fetch(`${path}?${new URLSearchParams(parameters)}`);
  return response.ok ? response.json() : null;
}

/**
 * Do something; returns what is to be said about it, and whether it was done.
 * @param {string} path
 * @param {object} wanted
 * @returns {Promise<{ said: string, done: boolean }>}
 */
export async function act(path, wanted) {
  try {
    const response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Page-Token": token },
      body: JSON.stringify(wanted),
    });
    const answer = await response.json();
    return { said: answer.error ?? answer.notice ?? "", done: response.ok };
  } catch {
    return { said: "The demo does not answer. Is it still running?", done: false };
  }
}
