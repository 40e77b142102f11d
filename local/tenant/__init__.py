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
    Graph                  {url}/graph/v1.0        (the beta endpoint: {url}/graph/beta)
    connector serviceUrl   {url}/connector         (activities bring it as `serviceUrl`)
    Bot Framework OpenID   {url}/login/botframework/v1/.well-known/openidconfiguration

Issuers in tokens and OpenID documents are Microsoft's own (`https://login.microsoftonline.com/{tenant}/v2.0`,
`https://sts.windows.net/{tenant}/`, `https://api.botframework.com`); only the URLs lead here.

The control surface, by file:

    tenant.py       start, stop, url, bot_endpoint, faults, teams_app_id, graph_limits, rotate_keys,
                    expire_access_tokens; spaces, messages, message, people, person, members, activity_log
    company.py      add_user, add_team, add_channel, add_chat, install, uninstall
    membership.py   add_member, remove_member, set_owner
    removals.py     remove_user, remove_channel, remove_team, remove_chat, purge
    talk.py         post, post_system, edit, delete, restore, react
    buttons.py      say, press, view, card_of, notices, conversation_with
    watchers.py     subscriptions, plant_subscription, end_subscription, send_lifecycle; notifier, flush, retry_now,
                    counters, undelivered; event_hub, take_hub_events, hub_blob
    permissions.py  consent_to, expire_delta_tokens
    faults.py       Faults, ErrorRates: the misbehaviour that `tenant.faults` holds, and its limits and spans
    graph_limits.py GraphLimits: what Graph's throttling has seen and refused, by limit
    events.py       the `eventDetail` of system messages, for post_system

Behaviour of the real services that is easy to miss, and is the same here:

- `systemEventMessage` and `shared` are written as `unknownFutureValue` unless the call (for notifications: the
  call that made the subscription) bears `Prefer: include-unknown-enum-members`.
- A user's `department` comes only when `$select` asks for it.
- `$filter` on a chat's messages takes the property by which `$orderby` orders, and only `desc`. A list refuses
  the query options that its page of the documentation does not name.
- The delta of a channel tells of root messages; of replies only with `$expand=replies`, of which it shows the
  latest 1,000 and links to the rest. Its `$filter` (`lastModifiedDateTime gt`) takes whole reply chains.
- Targeted messages and the personal chat with the bot appear neither in Graph nor in notifications.
- A deleted message keeps its place, without its text; a reaction moves `lastModifiedDateTime`, not
  `lastEditedDateTime`. A purged message leaves nothing, not even in a delta.
- Access tokens keep the permissions that they were issued with.
- Teams' limits for a bot's posts count by the tenant's clock (`tenant.faults.send_limits = False` lifts them);
  so do Graph's for calls, once `tenant.faults.read_limits` is set. Refused calls count against them too, and a
  team or a channel takes four calls a second of any kind.
- A notification is encrypted for the certificate that the subscription had at the moment of the change.
- A plain notification of an installation names the app's installation by an opaque id and not where it is: that
  is in the content of a rich one alone. By resource-specific consent, removals are not told.
- `/teams/{id}/channels/getAllMembers` needs an application permission, resource-specific consent is not enough;
  `/teams/getAllChannels/getAllMembers` is in the beta endpoint alone, and tells of private channels alone.
- A subscription is renewed only while its resource is there and permitted. A `reauthorizationRequired` that is
  not answered by a renewal or a reauthorisation stops its notifications (`faults.reauthorize_within`).
- An event hub gets a validation message instead of a handshake, for each URL of a new subscription; its events
  bear no validation tokens, and what exceeds 1 MB goes to the blob store of the subscription, or is lost.

Nothing here is imported by the product.
"""
