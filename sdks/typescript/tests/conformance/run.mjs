// Plays one case.

import { makeCall } from "./calls.mjs";
import { machine } from "./machine.mjs";
import { compareRequests } from "./requests.mjs";

/** The key of the vectors. */
const KEY = "ifr_pk_proj_canary-0123456789";

/** How many seconds a call may take where the case doesn't say. */
const PATIENCE = 20;

/** Plays a case in a folder of its own. What is of the runtime comes from `host`. */
export async function runCase(raw, server, host, comparison) {
  const folder = await host.folder();
  try {
    await play(raw, server, host, folder, comparison);
  } finally {
    await folder.remove();
  }
}

async function play(raw, server, host, folder, comparison) {
  const own = { key: KEY, home: folder.home, version: host.VERSION, language: "typescript" };
  const named = filled(raw, own);
  const { id, places } = await server.begin({
    server: named.server ?? [],
    other: named.other ?? [],
  });
  const one = filled(named, places);
  await folder.put(one.files);
  const before = await folder.all();
  const { system, lines, takeWaits } = machine(one, folder.credentials, host.system);
  const printed = [];
  let client;
  try {
    client = new host.InfraiClient(options(one.client ?? {}, places.server, host), system);
  } catch (error) {
    compareOutcome(
      "calls[0].outcome, of building",
      one.calls[0].outcome,
      { error },
      host,
      printed,
      comparison,
    );
  }
  if (client !== undefined) {
    for (const [at, call] of one.calls.entries()) {
      for (let turn = 0; turn < (call.repeat ?? 1); turn++) {
        const letters = new Map(comparison.letters);
        const place = `calls[${at}]`;
        await folder.put(call.files);
        const start = performance.now();
        const [least, most] = call.took ?? [0, PATIENCE];
        const late = { error: new Error(`no end after ${most} s`) };
        let timer;
        const patience = new Promise((resolve) => {
          timer = setTimeout(resolve, most * 1000 + 5000, late);
        });
        const done = await Promise.race([makeCall(client, call, folder), patience]);
        clearTimeout(timer);
        const took = (performance.now() - start) / 1000;
        // Timers count whole milliseconds, so they may end a part of one early.
        if (took < least - 0.001 || took > most) {
          comparison.wrong(`${place}.took`, call.took ?? [0, PATIENCE], took);
        }
        comparison.seconds(`${place}.delays`, call.delays ?? [], takeWaits());
        compareOutcome(`${place}.outcome`, call.outcome, done, host, printed, comparison);
        if (call.repeat !== undefined) {
          comparison.letters = letters;
        }
      }
    }
    printed.push(...forms(client, host));
  }
  const shown = await server.show(id);
  compareRequests(one.requests ?? [], shown.requests, comparison);
  await folder.compare(one.files_after ?? {}, before, comparison);
  if (one.log !== undefined) {
    if (one.log.length === lines.length) {
      one.log.forEach((line, at) => {
        comparison.text(`log[${at}]`, line, lines[at]);
      });
    } else {
      comparison.wrong("log", one.log, lines);
    }
  }
  for (const text of [...printed, ...lines]) {
    if (text.includes("canary")) {
      comparison.wrong("printed", "no secret", text);
    }
  }
  await server.end(id);
}

/** Everything that a thing prints as. */
function forms(thing, host) {
  const all = [String(thing), ...host.shown(thing), JSON.stringify(thing) ?? ""];
  try {
    all.push(...host.shown(structuredClone(thing)));
  } catch {
    // What can't be cloned shows nothing.
  }
  return all;
}

/** Puts the names of places and the like into all texts. */
function filled(value, names) {
  if (typeof value === "string") {
    return value.replace(/\{([\w-]+)\}/g, (whole, name) => names[name] ?? whole);
  }
  if (Array.isArray(value)) {
    return value.map((item) => filled(item, names));
  }
  return typeof value === "object" && value !== null
    ? Object.fromEntries(
        Object.entries(value).map(([name, item]) => [filled(name, names), filled(item, names)]),
      )
    : value;
}

/** The options of a client, from the words of the vectors. */
function options(settings, server, { system }) {
  const { api_key: apiKey = KEY, base_url: baseUrl = server } = settings;
  return defined({
    apiKey: apiKey ?? undefined,
    baseUrl: baseUrl ?? undefined,
    timeout: milliseconds(settings.timeout),
    deadline: milliseconds(settings.deadline),
    maxRetries: settings.max_retries,
    headers: settings.headers,
    userAgentSuffix: settings.user_agent_suffix,
    allowInsecure: settings.allow_insecure,
    dangerouslyAllowBrowser: system.isBrowser || undefined,
  });
}

function milliseconds(seconds) {
  return seconds === undefined ? undefined : seconds * 1000;
}

function defined(object) {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

function compareOutcome(place, expected, done, host, printed, comparison) {
  const { value, http, error } = done;
  if (error !== undefined) {
    printed.push(...forms(error, host));
    printed.push(...Object.values(error).filter((part) => typeof part === "string"));
  }
  if (expected.error !== undefined) {
    if (error instanceof host.InfraiError) {
      compareError(`${place}.error`, expected.error, error, comparison);
    } else {
      comparison.wrong(place, expected.error.text, error?.stack ?? { value });
    }
  } else if (error !== undefined) {
    comparison.wrong(
      place,
      expected.value ?? expected.response,
      `${error.name}: ${error.message} ${error.cause?.message}`,
    );
  } else if (expected.response !== undefined) {
    const { value: own, status, headers, request_id: requestId } = expected.response;
    comparison.json(`${place}.value`, own, value);
    comparison.json(`${place}.status`, status, http.status);
    comparison.headers(`${place}.headers`, headers, (name) => http.headers.get(name));
    if (requestId !== undefined) {
      comparison.text(`${place}.request_id`, requestId, http.requestId);
    }
    printed.push(http.requestId);
  } else {
    comparison.json(place, expected.value, value);
  }
}

function compareError(place, expected, error, comparison) {
  const parts = {
    class: error.name,
    text: error.message,
    message: error.detail,
    operation: error.operation,
    code: error.code,
    status: error.status,
    request_id: error.requestId,
    attempts: error.attempts,
    json_path: error.jsonPath,
    phase: error.phase,
    body: error.body,
  };
  for (const [name, value] of Object.entries(expected)) {
    if (name === "headers") {
      comparison.headers(`${place}.headers`, value, (header) => error.headers?.get(header));
    } else if (name === "retry_after") {
      const told = error.retryAfter === undefined ? [] : [error.retryAfter / 1000];
      comparison.seconds(`${place}.retry_after`, value === null ? [] : [value], told);
    } else if (Object.hasOwn(parts, name)) {
      comparison.json(`${place}.${name}`, value, parts[name] ?? null);
    } else {
      comparison.wrong(place, name, "no such part of an error");
    }
  }
}
