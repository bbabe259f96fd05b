// Runs before the first paint, so that a chosen theme never flashes in the wrong colours.
try {
  const theme = JSON.parse(localStorage.getItem('parley.theme'));
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked: the system's theme it is.
}
