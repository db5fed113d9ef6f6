//! The methods that every request builder has beside the setters of its own arguments.

/// Adds the options of one call to the `impl` of a type that has the field `options: RequestOptions`.
macro_rules! option_methods {
    () => {
        /// Limits one attempt, from connecting to the last byte of the answer, instead of the client's `timeout`.
        pub fn timeout(mut self, timeout: ::std::time::Duration) -> Self {
            self.options.timeout = Some(timeout);
            self
        }

        /// Limits the whole call, over all attempts and waits, instead of the client's `deadline`.
        pub fn deadline(mut self, deadline: ::std::time::Duration) -> Self {
            self.options.deadline = Some(deadline);
            self
        }

        /// Tries again at most so often, 0 to 10 times, instead of the client's `max_retries`.
        pub fn max_retries(mut self, retries: u32) -> Self {
            self.options.max_retries = Some(retries);
            self
        }

        /// Sends a further header, or another value for one that the client sends by default. An argument that is sent as
        /// a header of that name goes before.
        ///
        /// Sending refuses what isn't a header, line breaks in particular, and the headers that carry the API key or frame
        /// the request.
        pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
            self.options.headers.push(name, value);
            self
        }

        /// Sends this `Idempotency-Key`, by which the service recognises a request that is repeated; so the call may be
        /// tried again.
        ///
        /// Operations that need one make one up if none is given.
        pub fn idempotency_key(mut self, key: impl Into<String>) -> Self {
            self.options.idempotency_key = Some(key.into());
            self
        }
    };
}

/// Adds options to a request builder `$request<'a, C>` that implements `Call` and has the fields `client: &'a C` and
/// `options: RequestOptions`; and, by each client, `send` and `send_with_response`, with `IntoFuture` by the async one. The second
/// argument is the builder's `Call::Output`, by the name that readers of the documentation know.
macro_rules! request_methods {
    ($request:ident, $output:ty) => {
        impl<C> $request<'_, C> {
            $crate::internal::option_methods!();
        }

        impl $request<'_, $crate::Client> {
            /// Sends the request and returns the value of the answer.
            pub async fn send(self) -> Result<$output, $crate::Error> {
                Ok(self.send_with_response().await?.into_value())
            }

            /// Sends the request and returns the value together with status, headers and the request's id.
            pub async fn send_with_response(self) -> Result<$crate::Response<$output>, $crate::Error> {
                self.client.execute(&self, &self.options).await
            }
        }

        impl<'a> ::std::future::IntoFuture for $request<'a, $crate::Client> {
            type Output = Result<$output, $crate::Error>;
            type IntoFuture = ::std::pin::Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(self.send())
            }
        }

        #[cfg(feature = "blocking")]
        impl $request<'_, $crate::blocking::Client> {
            /// Sends the request, waits for the answer and returns its value.
            pub fn send(self) -> Result<$output, $crate::Error> {
                Ok(self.send_with_response()?.into_value())
            }

            /// Sends the request, waits for the answer and returns its value together with status, headers and the request's id.
            pub fn send_with_response(self) -> Result<$crate::Response<$output>, $crate::Error> {
                self.client.execute(&self, &self.options)
            }
        }
    };
}

pub(crate) use {option_methods, request_methods};
