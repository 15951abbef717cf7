import type { RequestHandler } from 'express';
import helmet from 'helmet';

/** Own scripts and nothing else: nothing inline, no eval, nothing from elsewhere; and nothing is kept anywhere. */
export function opsHeaders(secureCookies: boolean): RequestHandler {
  const secure = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'"],
        connectSrc: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
        ...(secureCookies && { upgradeInsecureRequests: [] }),
      },
    },
    strictTransportSecurity: secureCookies,
    referrerPolicy: { policy: 'no-referrer' },
  });
  return (request, response, next) => {
    response.set('Cache-Control', 'no-store');
    secure(request, response, next);
  };
}
