/* Passkeys: what the server asks is handed to the browser, and its answer goes into the form. Without script the codes remain. */

const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

/* The question with its challenge and identifiers as bytes. */
function asked(options) {
  const list = (known) => (known || []).map((one) => ({ ...one, id: bytes(one.id) }));
  const question = { ...options, challenge: bytes(options.challenge) };
  if (options.user) question.user = { ...options.user, id: bytes(options.user.id) };
  if (options.excludeCredentials) question.excludeCredentials = list(options.excludeCredentials);
  if (options.allowCredentials) question.allowCredentials = list(options.allowCredentials);
  return question;
}

/* The answer as the server reads it. */
function answered(credential) {
  const response = { clientDataJSON: text(credential.response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
}

for (const button of document.querySelectorAll("[data-passkey]")) {
  if (!window.PublicKeyCredential) continue;
  const form = button.closest("form"), field = form.querySelector("[data-answer]"), failed = form.querySelector("[data-failed]");
  button.closest("[data-script]").hidden = false;
  button.addEventListener("click", async () => {
    failed.hidden = true;
    try {
      const publicKey = asked(JSON.parse(button.dataset.options));
      field.value = answered(await navigator.credentials[button.dataset.passkey]({ publicKey }));
    } catch {
      failed.hidden = false;
      return;
    }
    form.requestSubmit();
  });
}
