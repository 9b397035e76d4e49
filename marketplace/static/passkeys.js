// Passkeys: the browser hands them to scripts only. What the page asks stands in data-options, the answer goes into a hidden field,
// and the form is sent like any other: the server checks it.

const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (char) => char.charCodeAt(0));

const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

const named = (credentials) => (credentials ?? []).map((one) => ({ ...one, id: toBytes(one.id) }));

const create = async (options) => {
  const made = await navigator.credentials.create({
    publicKey: {
      ...options,
      challenge: toBytes(options.challenge),
      user: { ...options.user, id: toBytes(options.user.id) },
      excludeCredentials: named(options.excludeCredentials),
    },
  });
  return {
    id: made.id,
    rawId: toText(made.rawId),
    type: made.type,
    response: {
      clientDataJSON: toText(made.response.clientDataJSON),
      attestationObject: toText(made.response.attestationObject),
      transports: made.response.getTransports?.() ?? [],
    },
  };
};

const get = async (options) => {
  const used = await navigator.credentials.get({
    publicKey: { ...options, challenge: toBytes(options.challenge), allowCredentials: named(options.allowCredentials) },
  });
  return {
    id: used.id,
    rawId: toText(used.rawId),
    type: used.type,
    response: {
      clientDataJSON: toText(used.response.clientDataJSON),
      authenticatorData: toText(used.response.authenticatorData),
      signature: toText(used.response.signature),
      userHandle: used.response.userHandle ? toText(used.response.userHandle) : null,
    },
  };
};

for (const place of document.querySelectorAll("[data-passkey]")) {
  const button = place.querySelector("[data-ask]");
  const failed = place.querySelector("[data-failed]");
  const known = place.querySelector("[data-known]");
  const isHere = location.origin === place.dataset.origin;
  if (!isHere || !window.PublicKeyCredential) {
    // Browsers make passkeys for a name over a safe connection, never for an IP address.
    button.hidden = true;
    place.querySelector("[data-elsewhere]").hidden = false;
    place.hidden = isHere || "quiet" in place.dataset;
    continue;
  }
  place.hidden = false;
  button.addEventListener("click", async () => {
    failed.hidden = true;
    known.hidden = true;
    button.disabled = true;
    try {
      const ask = place.dataset.passkey === "create" ? create : get;
      place.querySelector("input[type=hidden]").value = JSON.stringify(await ask(JSON.parse(place.dataset.options)));
      place.closest("form").requestSubmit();
    } catch (error) {
      // A device that has one of the account's passkeys makes no second one; else: given up, timed out, or none for this name.
      (error.name === "InvalidStateError" ? known : failed).hidden = false;
    } finally {
      button.disabled = false;
    }
  });
}
