// The promise of a value that also knows the answer in which it came.

/** A value together with what HTTP says about it. */
export interface ApiResponse<T> {
  readonly value: T;
  /** The HTTP status: some 2xx. */
  readonly status: number;
  readonly headers: Headers;
  /** The request's id, the service's or the one that was sent, to be quoted when you ask for help. */
  readonly requestId: string;
}

/** The promise of a value. `withResponse()` gives the answer's status, headers and request id as well. */
export class ApiPromise<T> extends Promise<T> {
  // `then` and the like give plain promises.
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  #response: Promise<ApiResponse<T>> | undefined;

  /** @internal */
  static of<T>(response: Promise<ApiResponse<T>>): ApiPromise<T> {
    const promise = new ApiPromise<T>((resolve, reject) => {
      response.then(({ value }) => {
        resolve(value);
      }, reject);
    });
    promise.#response = response;
    return promise;
  }

  /** Returns the value together with status, headers and request id. */
  withResponse(): Promise<ApiResponse<T>> {
    // Whoever takes this promise handles its rejection, so that this one's need not be handled.
    this.catch(() => undefined);
    return this.#response ?? Promise.reject(new TypeError("not a promise of a call"));
  }
}
