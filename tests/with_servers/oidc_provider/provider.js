// The provider `oidc-provider` on this machine, over TLS, with its own pages to sign in and to consent on.
// What it has to know stands in its environment, as JSON.
import { readFileSync } from "node:fs";
import { createServer } from "node:https";

import Provider from "oidc-provider";

const { issuer, port, chain, key, jwks, clients, acr } = JSON.parse(process.env.PROVIDER);

const provider = new Provider(issuer, {
  clients,
  jwks,
  acrValues: ["pwd", "phr"],
  cookies: { keys: ["only on this machine"] },
  pkce: { required: () => true },
});

// Its pages ask for any name and password. They do not say how somebody proved it, so this does.
const finished = provider.interactionFinished.bind(provider);
provider.interactionFinished = (request, response, result, options) => {
  const told = result.login && acr ? { ...result, login: { ...result.login, acr } } : result;
  return finished(request, response, told, options);
};

createServer({ cert: readFileSync(chain), key: readFileSync(key) }, provider.callback()).listen(port, "127.0.0.1");
