"""A simulated Microsoft 365 tenant: Graph v1.0, the Bot Connector and Entra ID over HTTP on 127.0.0.1.

Start here: `local.tenant.tenant.Tenant`.

    async with Tenant(clock=clock, app_id=..., app_secret=..., store=Path("tenant.db")) as tenant:
        ann = tenant.add_user(name="Ann Lee", department="IT")
        bob = tenant.add_user(name="Bob Ray")
        team = tenant.add_team("Operations", owners=[ann], members=[bob])
        help_ = tenant.add_channel(team, "Help")
        tenant.bot_endpoint = "http://127.0.0.1:7071/api/messages"
        await tenant.install(team, by=ann)
        question = await tenant.post(help_, bob, "<p>How do I reset the badge printer?</p>")
        await tenant.post(help_, ann, "<p>Hold the green button.</p>", reply_to=question)
        await tenant.flush()

What the product's settings must say:

    login authority        {url}/login             then /{tenant}/oauth2/v2.0/token, /{tenant}/discovery/v2.0/keys
    Graph                  {url}/graph/v1.0
    connector serviceUrl   {url}/connector         (activities bring it as `serviceUrl`)
    Bot Framework OpenID   {url}/login/botframework/v1/.well-known/openidconfiguration

Issuers in tokens and OpenID documents are Microsoft's own (`https://login.microsoftonline.com/{tenant}/v2.0`,
`https://sts.windows.net/{tenant}/`, `https://api.botframework.com`); only the URLs lead here.

The control surface, by file:

    tenant.py       start, stop, url, bot_endpoint, faults, flush, retry_now, send_lifecycle, rotate_keys,
                    expire_access_tokens; spaces, messages, message, people, person, members, subscriptions,
                    activity_log, counters, undelivered
    company.py      add_user, add_team, add_channel, add_chat, install, uninstall, add_member, remove_member
    talk.py         post, post_system, edit, delete, restore, react
    buttons.py      say, press, view, card_of, notices, conversation_with
    permissions.py  consent_to, expire_delta_tokens
    faults.py       Faults, ErrorRates: the misbehaviour that `tenant.faults` holds
    events.py       the `eventDetail` of system messages, for post_system

Behaviour of the real services that is easy to miss, and is the same here:

- `systemEventMessage` and `shared` are written as `unknownFutureValue` unless the call (for notifications: the
  call that made the subscription) bears `Prefer: include-unknown-enum-members`.
- A user's `department` comes only when `$select` asks for it.
- `$filter` on a chat's messages takes the property by which `$orderby` orders, and only `desc`.
- The delta of a channel tells of root messages; of replies only with `$expand=replies`.
- Targeted messages and the personal chat with the bot appear neither in Graph nor in notifications.
- A deleted message keeps its place, without its text; a reaction moves `lastModifiedDateTime`, not
  `lastEditedDateTime`.
- Access tokens keep the permissions that they were issued with.
- Teams' limits for a bot's posts count by the tenant's clock (`tenant.faults.send_limits = False` lifts them).

Nothing here is imported by the product.
"""
