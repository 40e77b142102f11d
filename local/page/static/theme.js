// Teams' three themes; without a choice the page follows the system, by the styles alone.

const KEPT = "theme";

/** @param {HTMLSelectElement} box */
export function startTheme(box) {
  box.value = kept();
  show(box.value);
  box.addEventListener("change", () => {
    show(box.value);
    try {
      localStorage.setItem(KEPT, box.value);
    } catch {
      // A browser that keeps nothing shows the system's theme next time.
    }
  });
}

/** @param {string} theme empty for the system's */
function show(theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
}

function kept() {
  try {
    return localStorage.getItem(KEPT) ?? "";
  } catch {
    return "";
  }
}
