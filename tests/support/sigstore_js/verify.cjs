// Verifies a bundle with npm's own verifier: what was asked comes as JSON, the answer goes by exit code.
const { readFileSync } = require("node:fs");
const { bundleFromJSON } = require("@sigstore/bundle");
const { TrustedRoot } = require("@sigstore/protobuf-specs");
const { Verifier, toSignedEntity, toTrustMaterial } = require("@sigstore/verify");

const { bundle, root, keys, policy } = JSON.parse(readFileSync(0, "utf8"));
const accepted = Object.fromEntries(
  Object.entries(keys).map(([hint, der]) => [hint, { rawBytes: Buffer.from(der, "base64") }]),
);
// A key has no certificate, and needs neither its log, nor one of signatures, nor another's clock.
const needed = Object.keys(keys).length ? 0 : 1;
const verifier = new Verifier(toTrustMaterial(TrustedRoot.fromJSON(root), accepted), {
  ctlogThreshold: needed,
  tlogThreshold: needed,
  timestampThreshold: needed,
});
try {
  verifier.verify(toSignedEntity(bundleFromJSON(bundle)), policy);
} catch (refused) {
  console.log(`${refused.code}: ${refused.message}`);
  process.exitCode = 1;
}
