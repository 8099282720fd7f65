"""What is said of a contact that nothing reaches: of a mail address in its words, of a phone number in its own."""

from app.kernel.contacts import MAIL, PHONE
from app.kernel.text import msg

REFUSED_MARK = {MAIL: msg("Our letters come back"), PHONE: msg("Our messages do not arrive")}
REFUSED_ADVICE = {
    MAIL: msg("Letters to this address come back: it does not exist. Add one that you read."),
    PHONE: msg("Messages to this phone number do not arrive: it does not exist. Add one that is yours."),
}
REFUSED_TOLD = {
    MAIL: msg("Letters to %(contact)s could not be delivered. Look at your contacts in your account."),
    PHONE: msg("Messages to the phone number %(contact)s could not be delivered. Look at your contacts in your account."),
}
NO_SUCH_CONTACT = {MAIL: msg("This address does not exist."), PHONE: msg("This phone number does not exist.")}
NOT_TAKEN = {
    MAIL: msg("The mail service refuses our letter."),
    PHONE: msg("The gateway to phones refuses our message."),
}
