"""The mail world: IMAP, SMTP, MIME, threads, quoted text, automatic mail, sender trust."""
