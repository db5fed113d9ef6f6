// The calls of the vectors: the one place here that knows the client's methods.

import { isPattern, pattern } from "./pattern.mjs";

/** Makes a call. Returns its value, with what HTTP says about it if that is wanted, or its error. */
export async function makeCall(client, call, folder) {
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
        return { value: await upload(storage, given, options, folder) };
      case "storage.object.download":
        return { value: await download(storage, given, options, folder) };
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

async function upload(storage, { source, ...place }, options, folder) {
  const { bytes, etag } = await storage.object.upload(
    { ...place, ...(await opened(source, folder)) },
    options,
  );
  return etag === undefined ? { bytes } : { bytes, etag };
}

/** The source of an upload. */
async function opened(source, folder) {
  if (source.bytes !== undefined) {
    return { source: pattern(source.bytes), size: source.announced };
  }
  if (source.file !== undefined) {
    return { source: await folder.source(source.file), size: source.announced };
  }
  const size = source.announced ?? source.stream;
  const open = () => streamed(source.stream);
  return source.reopen ? { source: { size, open } } : { source: open(), size };
}

function streamed(length) {
  let from = 0;
  return new ReadableStream(
    {
      pull(controller) {
        if (from >= length) {
          controller.close();
        } else {
          controller.enqueue(pattern(Math.min(length, from + 65536), from));
          from += 65536;
        }
      },
    },
    // As with `ReadableStream.from`, which browsers lack, nothing is made before it is asked for.
    { highWaterMark: 0 },
  );
}

async function download(storage, { to, before, ...place }, options, folder) {
  if (to === "file") {
    const file = await folder.target(before);
    const { bytes } = await storage.object.download({ ...place, to: file.to }, options);
    return isPattern(await file.read(), bytes) ? { bytes } : "other bytes";
  }
  const whole = await storage.object.download(place, options);
  return isPattern(whole, whole.length) ? { bytes: whole.length } : "other bytes";
}
