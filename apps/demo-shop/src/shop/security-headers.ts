import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** Nothing inline and nothing from elsewhere. */
export function securityHeaders(secureCookies: boolean): RequestHandler {
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        // For what scripts ask for.
        connectSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
        ...(secureCookies && { upgradeInsecureRequests: [] }),
      },
    },
    // Promises https for months: only for a shop that is served over it.
    strictTransportSecurity: secureCookies,
    referrerPolicy: { policy: 'same-origin' },
  });
}
