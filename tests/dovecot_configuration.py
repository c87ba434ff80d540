"""What Dovecot is told: the folders, the ports, and what it may offer."""

CONFIGURATION = """
base_dir = {run}
state_dir = {run}
log_path = {folder}/dovecot.log
default_internal_user = {owner}
default_login_user = {owner}
default_internal_group = {group}
first_valid_uid = 1
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{cert}
ssl_key = <{key}
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:{folder}/mail/%u
mail_fsync = never
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
  mailbox Sent {{
    special_use = \\Sent
    auto = create
  }}
}}
{extra}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
  }}
}}
service imap {{
  process_limit = 64
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
mail_max_userip_connections = 100
"""


SHARED = """
mail_plugins = acl
protocol imap {{
  mail_plugins = acl imap_acl
}}
plugin {{
  acl = vfile
  acl_shared_dict = file:{folder}/mail/shared
}}
namespace shared {{
  type = shared
  separator = {separator}
  prefix = shared{separator}%%u{separator}
  location = maildir:{folder}/mail/%%u
  subscriptions = no
  list = {listed}
}}
"""
PLAIN = "IMAP4rev1 LITERAL+ NAMESPACE SPECIAL-USE MULTIAPPEND"
"""What a server offers that knows no MOVE, UIDPLUS, CONDSTORE or QRESYNC."""


OAUTH2 = """
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf
}}
"""
INTROSPECTION = """
introspection_mode = post
introspection_url = {url}
force_introspection = yes
username_attribute = username
active_attribute = active
active_value = true
"""
