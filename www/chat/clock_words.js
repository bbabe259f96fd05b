// Times in the reader's own form, days and spans in words.
const format = (options) => new Intl.DateTimeFormat(undefined, options).format;

export const hourOf = format({ hour: 'numeric', minute: '2-digit' });
export const exactOf = format({ dateStyle: 'full', timeStyle: 'medium' });
const fullDay = format({ dateStyle: 'full' });

export function dayOf(at, now = Date.now()) {
  const [that, today] = [at, now].map((time) => new Date(time).setHours(12, 0, 0, 0));
  const daysAgo = Math.round((today - that) / 86400000);
  return ['Today', 'Yesterday'][daysAgo] ?? fullDay(at);
}

export function spanOf(ms) {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 90 ? plural(seconds, 'second') : plural(Math.round(seconds / 60), 'minute');
}

export function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
