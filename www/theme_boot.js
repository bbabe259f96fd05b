// Before the first paint, so that a chosen theme never flashes in the wrong colours.
try {
  document.documentElement.dataset.theme = JSON.parse(localStorage.getItem('parley.theme'));
} catch {
  // blocked: the system's theme
}
