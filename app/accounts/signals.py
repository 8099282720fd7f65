"""What has happened to people and organisations; ids only."""

from blinker import Namespace

_accounts = Namespace()

# A cooperative passed verification and may publish. Sent by services.verify_organisation; organisation_id.
organisation_verified = _accounts.signal("organisation-verified")
# An organisation was suspended by the operator: nothing of it is shown or sold. organisation_id.
organisation_suspended = _accounts.signal("organisation-suspended")
# A suspended organisation is back. organisation_id.
organisation_reinstated = _accounts.signal("organisation-reinstated")
# An organisation's public words or place changed (search, caches). organisation_id.
organisation_changed = _accounts.signal("organisation-changed")
# A guest of this session has signed in. person_id, guest (the key of the session's basket).
guest_signed_in = _accounts.signal("guest-signed-in")
# Open secrets of a person were voided. person_id; contact: the value that is no longer theirs, or None; sent: do the
# invitations they have sent die too; event: what happened (rules.secrets.DIES_WITH).
secrets_voided = _accounts.signal("secrets-voided")
# A person was erased; nothing of accounts is left but their row. whose: engines.own_data.Whose with the contacts that were
# theirs; name: the pseudonym; certificates: what bears their certified name goes too.
person_erased = _accounts.signal("person-erased")
