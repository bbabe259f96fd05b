// The client protocol as pure functions: commands to text, text to events. What cannot be read is
// left out, so that a confused server never throws inside the page.

export function encodeCommand(id, method, params) {
  return JSON.stringify({ id, [method]: params });
}

// One frame holds one or more JSON objects parted by a line feed.
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
  if (isObject(object.push)) return decodePush(object.push);
  if (!object.id) return { kind: 'ping' };
  const { id, error, ...methods } = object;
  if (error !== undefined && error !== null) return { kind: 'reply', id, error: readError(error) };
  return { kind: 'reply', id, result: Object.values(methods).find(isObject) ?? {} };
}

function readError({ code, message, temporary }) {
  return {
    code: Number.isInteger(code) ? code : 100,
    message: typeof message === 'string' ? message : 'unknown error',
    temporary: temporary === true || code < 100,
  };
}

function decodePush({ channel: name, pub, message, join, leave, unsubscribe }) {
  const channel = typeof name === 'string' ? name : '';
  if (isObject(pub)) return { kind: 'publication', channel, publication: pub };
  if (isObject(message)) return { kind: 'message', channel, data: message.data };
  if (isObject(join)) return { kind: 'join', channel, who: readClient(join.info) };
  if (isObject(leave)) return { kind: 'leave', channel, who: readClient(leave.info) };
  if (!isObject(unsubscribe)) return [];
  return { kind: 'unsubscribe', channel, code: Number(unsubscribe.code) || 0 };
}

// Who is behind a client id. Every field may be missing or of a wrong type.
export function readClient(info) {
  const name = info?.conn_info?.name;
  return {
    client: typeof info?.client === 'string' ? info.client : '',
    name: typeof name === 'string' ? name : '',
  };
}

export function readOffset(value) {
  return Number.isSafeInteger(value) && value >= 0 ? value : null;
}

// `data` may be any JSON of any program: what is not our own shape is shown as compact JSON.
export function readMessage(publication) {
  const { data, info, offset, time } = publication ?? {};
  const ours = isObject(data) && typeof data.text === 'string';
  const raw = !ours && typeof data !== 'string';
  return {
    id: isObject(data) && typeof data.id === 'string' ? data.id.slice(0, 128) : '',
    offset: readOffset(offset),
    text: ours ? data.text : raw ? JSON.stringify(data) ?? '' : data,
    raw,
    action: ours && data.action === true,
    notice: isObject(data) && data.notice === true && !info,
    at: readTime(data?.at) ?? readTime(time),
    ...readClient(info),
  };
}

// Times outside of what a Date can hold would throw when they are formatted.
function readTime(value) {
  return Number.isFinite(value) && value > 0 && value < 8.64e15 ? value : null;
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
