// The client protocol: frames to events. What cannot be read is left out, so that a confused server
// never throws inside the page.
export function decodeFrame(text) {
  return typeof text === 'string' ? text.split('\n').flatMap(decodeLine) : [];
}

function decodeLine(line) {
  let object;
  try {
    object = JSON.parse(line);
  } catch {
    return [];
  }
  if (!isObject(object)) return [];
  const { id, error, push, ...methods } = object;
  if (isObject(push)) return decodePush(push);
  if (!id) return { kind: 'ping' };
  if (error !== undefined && error !== null) return { kind: 'reply', id, error: readError(error) };
  return { kind: 'reply', id, result: Object.values(methods).find(isObject) ?? {} };
}

function readError({ code, message, temporary }) {
  return {
    code: Number.isInteger(code) ? code : 100,
    message: readText(message) || 'unknown error',
    temporary: temporary === true || code < 100,
  };
}

function decodePush({ channel, pub, message, join, leave, unsubscribe }) {
  const event = (kind, more) => ({ kind, channel: readText(channel), ...more });
  if (isObject(pub)) return event('publication', { publication: pub });
  if (isObject(message)) return event('message', { data: message.data });
  if (isObject(join)) return event('join', { who: readClient(join.info) });
  if (isObject(leave)) return event('leave', { who: readClient(leave.info) });
  return isObject(unsubscribe) ? event('unsubscribe', { code: Number(unsubscribe.code) || 0 }) : [];
}

export function readClient(info) {
  return { client: readText(info?.client), name: readText(info?.conn_info?.name) };
}

export function readOffset(value) {
  return Number.isSafeInteger(value) && value >= 0 ? value : null;
}

// `data` may be any JSON of any program: what is not our own shape is shown as compact JSON.
export function readMessage(publication) {
  const { data, info, offset } = publication ?? {};
  const ours = typeof data?.text === 'string';
  const raw = !ours && typeof data !== 'string';
  return {
    id: readText(data?.id).slice(0, 128),
    offset: readOffset(offset),
    text: ours ? data.text : raw ? compact(data) : data,
    raw,
    action: ours && data.action === true,
    notice: data?.notice === true && !info,
    at: readTime(data?.at),
    ...readClient(info),
  };
}

function compact(data) {
  try {
    return JSON.stringify(data) ?? '';
  } catch {
    return '…'; // nested too deeply
  }
}

// Times outside of what a Date can hold would throw when they are formatted.
function readTime(value) {
  return Number.isFinite(value) && value > 0 && value < 8.64e15 ? value : null;
}

function readText(value) {
  return typeof value === 'string' ? value : '';
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
