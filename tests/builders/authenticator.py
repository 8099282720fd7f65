"""A passkey device in a few lines: it makes keys and answers questions as a browser hands them on."""

import hashlib
import json
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import bytes_to_base64url

PRESENT, WITH_KEY = 0x01, 0x40


@dataclass
class Device:
    """One key of one person at one place; `count` goes up with each answer."""

    origin: str = "http://localhost"
    rp_id: str = "localhost"
    credential_id: bytes = b"a key of the tests, 32 bytes long"
    count: int = 0
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _facts(self, flags: int) -> bytes:
        self.count += 1
        return hashlib.sha256(self.rp_id.encode()).digest() + bytes([flags]) + struct.pack(">I", self.count)

    def makes(self, question: dict[str, Any]) -> str:
        """The answer to the question for a new key."""
        numbers = self.key.public_key().public_numbers()
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        length = struct.pack(">H", len(self.credential_id))
        facts = self._facts(PRESENT | WITH_KEY) + bytes(16) + length + self.credential_id + public
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": facts})
        client = self._client("webauthn.create", question["challenge"])
        return self._sent({"attestationObject": attestation, "clientDataJSON": client})

    def answers(self, question: dict[str, Any]) -> str:
        """The answer to the question for a key that is known."""
        client, facts = self._client("webauthn.get", question["challenge"]), self._facts(PRESENT)
        signature = self.key.sign(facts + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._sent({"authenticatorData": facts, "clientDataJSON": client, "signature": signature})

    def _sent(self, response: dict[str, bytes]) -> str:
        name = bytes_to_base64url(self.credential_id)
        answer = {kind: bytes_to_base64url(value) for kind, value in response.items()}
        return json.dumps({"id": name, "rawId": name, "type": "public-key", "response": answer})
