// The calls of the vectors: the one place here that knows the client's methods.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { fileSource, fileTarget } from "../../dist/esm/node.js";
import { isPattern, pattern } from "./pattern.mjs";

/** Makes a call. Returns its value, with what HTTP says about it if that is wanted, or its error. */
export async function makeCall(client, call, home, beside) {
  try {
    const { storage } = client;
    const { operation, arguments: given = {} } = call;
    const options = callOptions(call.options ?? {});
    switch (operation) {
      case "storage.bucket.create":
        return await answered(storage.bucket.create(given, options), call);
      case "storage.bucket.list":
        return await answered(storage.bucket.list(options), call);
      case "storage.object.presign":
        return await answered(storage.object.presign(given, options), call);
      case "storage.object.delete":
        return await answered(storage.object.delete(given, options), call);
      case "request": {
        const { method, path, ...more } = given;
        return await answered(client.request(method, path, { ...more, ...options }), call);
      }
      case "activate": {
        const { shownKey, kept } = await client.activate(options);
        return { value: { api_key: shownKey, kept } };
      }
      case "storage.object.upload":
        return { value: await upload(storage, given, options, beside) };
      case "storage.object.download":
        return { value: await download(storage, given, options, home) };
      default:
        return { error: new Error(`there is no operation ${operation}`) };
    }
  } catch (error) {
    return { error };
  }
}

async function answered(promise, call) {
  if (!call.with_response) {
    return { value: await promise };
  }
  const { value, ...http } = await promise.withResponse();
  return { value, http };
}

function callOptions(given) {
  const milliseconds = (seconds) => (seconds === undefined ? undefined : seconds * 1000);
  const options = {
    timeout: milliseconds(given.timeout),
    deadline: milliseconds(given.deadline),
    stall: milliseconds(given.stall),
    maxRetries: given.max_retries,
    headers: given.headers,
    idempotencyKey: given.idempotency_key,
  };
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

async function upload(storage, { source, ...place }, options, beside) {
  const { bytes, etag } = await storage.object.upload(
    { ...place, ...(await opened(source, beside)) },
    options,
  );
  return etag === undefined ? { bytes } : { bytes, etag };
}

/** The source of an upload. */
async function opened(source, beside) {
  if (source.bytes !== undefined) {
    return { source: pattern(source.bytes), size: source.announced };
  }
  if (source.file !== undefined) {
    const path = join(beside, "source");
    await writeFile(path, pattern(source.file));
    return { source: fileSource(path), size: source.announced };
  }
  const size = source.announced ?? source.stream;
  const open = () => ReadableStream.from(pieces(source.stream));
  return source.reopen ? { source: { size, open } } : { source: open(), size };
}

function* pieces(length) {
  for (let from = 0; from < length; from += 65536) {
    yield pattern(Math.min(length, from + 65536), from);
  }
}

async function download(storage, { to, before, ...place }, options, home) {
  if (to === "file") {
    const path = join(home, "download");
    if (before !== undefined) {
      await writeFile(path, before);
    }
    const { bytes } = await storage.object.download({ ...place, to: fileTarget(path) }, options);
    return isPattern(await readFile(path), bytes) ? { bytes } : "other bytes";
  }
  const whole = await storage.object.download(place, options);
  return isPattern(whole, whole.length) ? { bytes: whole.length } : "other bytes";
}
