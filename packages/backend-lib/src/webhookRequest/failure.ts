// Why a webhook got no answer. Owns the words alone.

/** `mayHaveArrived` is false only if not a byte of the request can have reached the receiver. */
export interface WebhookFailure {
  readonly type:
    /** No URL, neither http nor https, or with a password in it. */
    | "BadUrl"
    /** A header that cannot be sent, or is not the caller's to set. */
    | "BadHeader"
    /** The name has no address. */
    | "NameNotResolved"
    /** An address within a private network, or of the host itself. */
    | "AddressNotAllowed"
    /** Nobody listens there, it cannot be reached, or its certificate is not to be trusted. */
    | "ConnectFailed"
    /** There was no connection, or no answer, in time. */
    | "TimedOut"
    /** It ended before there was an answer, or what came was not HTTP. */
    | "ConnectionLost";
  /** For the owner of the webhook. Holds its host and no more of the URL, which may have a secret in it. */
  readonly message: string;
  readonly mayHaveArrived: boolean;
}
