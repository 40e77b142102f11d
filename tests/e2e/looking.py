"""What a test asks the browser about how a page can be read, as JavaScript to evaluate in it."""

POOR_CONTRAST = """() => {
  // WCAG 2.2, 1.4.3: the contrast ratio of every text to the nearest background that is not transparent.
  const numbers = text => text.match(/[\\d.]+/g).map(Number);
  const channel = c => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const solid = element => (numbers(getComputedStyle(element).backgroundColor)[3] ?? 1) > 0;
  const poor = [];
  for (const element of document.querySelectorAll('body *')) {
    const says = [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
    if (!says || !element.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (element.closest('.unseen, .skip, :disabled, option') || element.matches('script, style')) continue;
    let behind = element;
    while (behind && !solid(behind)) behind = behind.parentElement;
    const back = behind ? numbers(getComputedStyle(behind).backgroundColor) : [255, 255, 255];
    const [high, low] = [light(numbers(getComputedStyle(element).color)), light(back)].sort((a, b) => b - a);
    const ratio = (high + 0.05) / (low + 0.05);
    if (ratio < 4.5) poor.push(`${element.tagName}.${element.className}: ${ratio.toFixed(2)}`);
  }
  return [...new Set(poor)];
}"""

CONTROLS_WITHOUT_A_NAME = """() => [...document.querySelectorAll('button, select, textarea, input, summary')]
  .filter(control => control.checkVisibility())
  .filter(control => !(control.ariaLabel || [...control.labels ?? []].map(l => l.textContent).join('')
    || control.textContent || control.title).trim())
  .map(control => control.outerHTML.slice(0, 120))"""

HEADING_LEVELS = """() => [...document.querySelectorAll('h1, h2, h3, h4, h5, h6, [role=heading]')]
  .filter(heading => heading.checkVisibility())
  .map(heading => Number(heading.ariaLevel || heading.tagName[1]))"""
