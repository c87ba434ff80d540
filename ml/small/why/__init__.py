"""Why a mail got its category: words, the nearest labelled mails, and what the runner-up lacked."""
