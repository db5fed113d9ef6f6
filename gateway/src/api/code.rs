//! The words for what went wrong, each with its status. They are a promise: the description lists them.

/// Makes the enum, its words and its statuses from one list.
macro_rules! codes {
    ($($(#[doc = $doc:literal])* $name:ident = $word:literal, $status:literal;)*) => {
        /// Why a request failed, for programs.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Code {
            $($(#[doc = $doc])* $name,)*
        }

        impl Code {
            /// All of them, by status.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Returns the word in error bodies.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }

            /// Returns the HTTP status.
            pub const fn status(self) -> u16 {
                match self {
                    $(Self::$name => $status,)*
                }
            }
        }
    };
}

codes! {
    /// The request is not what the description asks for.
    InvalidRequest = "invalid_request", 400;
    /// The bucket's name breaks the rules.
    InvalidBucket = "invalid_bucket", 400;
    /// The object's key breaks the rules.
    InvalidKey = "invalid_key", 400;
    /// There is no API key, or none that is known.
    Unauthorized = "unauthorized", 401;
    /// The trial account's time is over.
    TrialEnded = "trial_ended", 403;
    /// The account has as much as it may.
    LimitExceeded = "limit_exceeded", 403;
    /// There is nothing at this path.
    NotFound = "not_found", 404;
    /// The account has no such bucket.
    BucketNotFound = "bucket_not_found", 404;
    /// No vendor has this name.
    UnknownVendor = "unknown_vendor", 404;
    /// The path is right, the method is not.
    MethodNotAllowed = "method_not_allowed", 405;
    /// The request took too long to arrive.
    RequestTimeout = "request_timeout", 408;
    /// The account has such a bucket already.
    BucketExists = "bucket_exists", 409;
    /// The body is larger than is read.
    PayloadTooLarge = "payload_too_large", 413;
    /// The body is not JSON by its own word.
    UnsupportedMediaType = "unsupported_media_type", 415;
    /// The vendor has no such region.
    UnknownRegion = "unknown_region", 422;
    /// No vendor can do what the `acl` asks for.
    AclUnsupported = "acl_unsupported", 422;
    /// The `Idempotency-Key` came with another request before.
    IdempotencyMismatch = "idempotency_mismatch", 422;
    /// There were too many requests.
    RateLimited = "rate_limited", 429;
    /// It is our fault.
    Internal = "internal", 500;
    /// The vendor failed, or said what can't be understood.
    VendorError = "vendor_error", 502;
    /// It can't be done right now.
    Unavailable = "unavailable", 503;
}

impl Code {
    /// Returns the code of a word, as it was stored.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.as_str() == word)
    }
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::Code;

    #[test]
    fn the_list_is_in_the_order_of_the_statuses_and_each_word_leads_back() {
        assert!(Code::ALL.is_sorted_by_key(|code| code.status()));
        for code in Code::ALL {
            assert_eq!(Code::from_word(code.as_str()), Some(*code));
        }
        assert_eq!(Code::from_word("nothing"), None);
    }
}
