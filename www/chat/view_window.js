// Which entries of a long timeline are in the document: at most WINDOW_ROWS, moved in steps.
export const WINDOW_ROWS = 160;
const STEP_ROWS = 60;

export const tailWindow = (total) => windowFrom(total - WINDOW_ROWS, total);
export const windowAround = (index, total) => windowFrom(index - WINDOW_ROWS / 2, total);
export const slideUp = ({ from }, total) => windowFrom(from - STEP_ROWS, total);
export const slideDown = ({ to }, total) => windowFrom(to + STEP_ROWS - WINDOW_ROWS, total);

function windowFrom(start, total) {
  const from = Math.max(0, Math.min(start, total - WINDOW_ROWS));
  return { from, to: Math.min(from + WINDOW_ROWS, total) };
}
