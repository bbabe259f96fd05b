// Times and spans in words; times in the reader's own language.
const format = (options) => new Intl.DateTimeFormat(undefined, options);
const hour = format({ hour: 'numeric', minute: '2-digit' });
const exact = format({ dateStyle: 'full', timeStyle: 'medium' });
const day = format({ weekday: 'long', day: 'numeric', month: 'long' });
const year = format({ dateStyle: 'long' });
const near = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

export const hourOf = (at) => hour.format(at);
export const exactOf = (at) => exact.format(at);

export function dayOf(at, now = Date.now()) {
  const [that, today] = [at, now].map((time) => new Date(time).setHours(12, 0, 0, 0));
  const days = Math.round((that - today) / 86400000);
  if (days !== 0 && days !== -1) return (days < -300 ? year : day).format(at);
  const words = near.format(days, 'day');
  return words[0].toUpperCase() + words.slice(1);
}

export function spanOf(ms) {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 60) return plural(seconds, 'second');
  return seconds < 3600 ? plural(Math.round(seconds / 60), 'minute')
    : plural(Math.round(seconds / 3600), 'hour');
}

export function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
