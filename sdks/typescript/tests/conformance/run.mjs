// Plays one case.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { inspect } from "node:util";

import { InfraiClient, InfraiError, VERSION } from "../../dist/esm/index.node.js";
import { makeCall } from "./calls.mjs";
import { allFiles, compareFiles, putFiles } from "./files.mjs";
import { machine } from "./machine.mjs";
import { compareRequests } from "./requests.mjs";

/** The key of the vectors. */
const KEY = "ifr_pk_proj_canary-0123456789";

/** How many seconds a call may take where the case doesn't say. */
const PATIENCE = 20;

/** Plays a case in a folder of its own. */
export async function runCase(raw, server, folder, comparison) {
  const home = join(folder, "home");
  const beside = join(folder, "beside");
  const own = { key: KEY, home, version: VERSION, language: "typescript" };
  const named = filled(raw, own);
  const { id, places } = await server.begin({
    server: named.server ?? [],
    other: named.other ?? [],
  });
  const one = filled(named, places);
  await putFiles(home, one.files);
  await mkdir(beside, { recursive: true });
  const before = await allFiles(home);
  const { system, lines, takeWaits } = machine(one, home);
  const printed = [];
  let client;
  try {
    client = new InfraiClient(options(one.client ?? {}, places.server), system);
  } catch (error) {
    compareOutcome(
      "calls[0].outcome, of building",
      one.calls[0].outcome,
      { error },
      printed,
      comparison,
    );
  }
  if (client !== undefined) {
    for (const [at, call] of one.calls.entries()) {
      for (let turn = 0; turn < (call.repeat ?? 1); turn++) {
        const letters = new Map(comparison.letters);
        const place = `calls[${at}]`;
        await putFiles(home, call.files);
        const start = performance.now();
        const [least, most] = call.took ?? [0, PATIENCE];
        const late = { error: new Error(`no end after ${most} s`) };
        let timer;
        const patience = new Promise((resolve) => {
          timer = setTimeout(resolve, most * 1000 + 5000, late);
        });
        const done = await Promise.race([makeCall(client, call, home, beside), patience]);
        clearTimeout(timer);
        const took = (performance.now() - start) / 1000;
        if (took < least || took > most) {
          comparison.wrong(`${place}.took`, call.took ?? [0, PATIENCE], took);
        }
        comparison.seconds(`${place}.delays`, call.delays ?? [], takeWaits());
        compareOutcome(`${place}.outcome`, call.outcome, done, printed, comparison);
        if (call.repeat !== undefined) {
          comparison.letters = letters;
        }
      }
    }
    print(client, printed);
  }
  const shown = await server.show(id);
  compareRequests(one.requests ?? [], shown.requests, comparison);
  await compareFiles(home, one.files_after ?? {}, before, comparison);
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

/** Puts everything that a thing prints as into `printed`. */
function print(thing, printed) {
  printed.push(String(thing), inspect(thing, { depth: 20, showHidden: true, getters: false }));
  printed.push(JSON.stringify(thing) ?? "");
  try {
    printed.push(inspect(structuredClone(thing), { depth: 20, showHidden: true }));
  } catch {
    // What can't be cloned shows nothing.
  }
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
function options(settings, server) {
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
  });
}

function milliseconds(seconds) {
  return seconds === undefined ? undefined : seconds * 1000;
}

function defined(object) {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}

function compareOutcome(place, expected, done, printed, comparison) {
  const { value, http, error } = done;
  if (error !== undefined) {
    print(error, printed);
    printed.push(...Object.values(error).filter((part) => typeof part === "string"));
  }
  if (expected.error !== undefined) {
    if (error instanceof InfraiError) {
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
