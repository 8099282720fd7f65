"""What a password and a code cost who guesses them: the work of one hash, and that it is paid for unknown contacts too."""

from app.accounts import gateway


def test_a_password_costs_nineteen_mebibytes_and_two_passes() -> None:
    """The least that OWASP names for argon2id; less would be guessed faster, more would be too much for a small machine."""
    made = gateway.hash_password("une longue phrase de passe")
    assert made.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
