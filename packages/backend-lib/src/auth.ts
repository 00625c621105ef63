// Who is calling: write keys, admin API keys and tokens. FACE of auth/. Owns that a credential is compared in constant
// time and that its workspace may be used; leaves to requestContext.ts what a member may do where, and to the API which
// header holds the credential and which status a refusal gets.

export {
  type AdminApiKeyError,
  type AdminApiKeyHolder,
  validateAdminApiKey,
  type WorkspaceSelector,
} from "./auth/adminApiKey";
export {
  createJwtVerifier,
  type JwtProfile,
  type JwtSettings,
  type JwtVerificationError,
  type JwtVerifier,
} from "./auth/jwt";
export {
  validateWriteKey,
  type WriteKeyError,
  type WriteKeyHolder,
} from "./auth/writeKey";
