"""The simulated Teams as the page tells of it: what each person sees, and nothing that they may not."""

from tests.local.page.conftest import QUESTION, Visitor


async def test_places_are_listed_by_team_with_ones_own_chat_with_cairn(visitor: Visitor) -> None:
    await visitor.exchange()
    places = (await visitor.get("/api/overview", **{"as": visitor.bob}))["places"]
    told = [(p["group"], p["name"], p["privacy"], visitor.bob in p["members"], p["cards"]) for p in places]
    assert told == [
        ("Operations", "Help", "", True, 1),
        ("Operations", "Payroll", "Private", False, 0),
        ("Chats with Cairn", "Cairn", "Private", True, 0),
        ("Chats with Cairn", "Ann Lee", "Private", False, 0),
    ]


async def test_people_are_listed_with_their_department(visitor: Visitor) -> None:
    people = (await visitor.get("/api/overview"))["people"]
    assert [(p["name"], p["department"]) for p in people] == [("Ann Lee", "IT"), ("Bob Ray", "IT"), ("Cleo Fox", "IT")]


async def test_a_post_comes_with_its_replies_and_with_who_said_it(visitor: Visitor) -> None:
    await visitor.exchange()
    post = (await visitor.talk(visitor.cleo))[-1]
    assert (post["author"], post["mine"], post["bot"], post["html"]) == ("Bob Ray", False, False, f"<p>{QUESTION}</p>")
    assert [(reply["author"], reply["mine"]) for reply in post["replies"]] == [("Cleo Fox", True)]


async def test_nobody_looks_into_a_place_that_they_are_not_in(visitor: Visitor) -> None:
    for place in (visitor.payroll, visitor.own_chat(visitor.ann), "nowhere"):
        answer = await visitor.client.get(f"/api/spaces/{place}/messages", params={"as": visitor.bob})
        assert answer.status_code == 404
    answer = await visitor.client.get(f"/api/spaces/{visitor.help}/messages", params={"as": "nobody"})
    assert answer.status_code == 404


async def test_what_is_typed_is_words_and_not_markup(visitor: Visitor) -> None:
    await visitor.does("/api/post", viewer=visitor.bob, place=visitor.help, text="<img src=x>\n\na < b\nc")
    assert (await visitor.talk(visitor.bob))[-1]["html"] == "<p>&lt;img src=x&gt;</p><p>a &lt; b<br>c</p>"


async def test_a_name_after_an_at_sign_is_a_mention(visitor: Visitor) -> None:
    await visitor.does("/api/post", viewer=visitor.bob, place=visitor.help, text="@Cleo Fox have you seen the ladder?")
    message = visitor.stage.tenant.messages(visitor.help)[-1]
    assert [mention.user_id for mention in message.mentions] == [visitor.cleo]


async def test_changed_deleted_and_reacted_to_is_marked(visitor: Visitor) -> None:
    tenant = visitor.stage.tenant
    kept = await tenant.post(visitor.help, visitor.bob, "<p>The ladder is in the shed</p>")
    gone = await tenant.post(visitor.help, visitor.bob, "<p>A mistake</p>")
    await tenant.edit(visitor.help, kept, "<p>The ladder is in the van</p>")
    await tenant.react(visitor.help, kept, visitor.cleo, "like")
    await tenant.delete(visitor.help, gone)
    first, second = (await visitor.talk(visitor.ann))[-2:]
    assert (first["edited"], first["deleted"], first["html"]) == (True, False, "<p>The ladder is in the van</p>")
    assert first["reactions"] == [{"emoji": "👍", "names": ["Cleo Fox"]}]
    assert (second["edited"], second["deleted"], second["html"]) == (False, True, "")


async def test_a_chat_is_one_list_in_which_an_answer_quotes(visitor: Visitor) -> None:
    chat = visitor.stage.tenant.add_chat("Van crew", [visitor.ann, visitor.bob])
    await visitor.does("/api/post", viewer=visitor.ann, place=chat, text="Who has the ladder?")
    (asked,) = await visitor.talk(visitor.bob, chat)
    await visitor.does("/api/reply", viewer=visitor.bob, place=chat, text="I have", message=asked["key"])
    answer = (await visitor.talk(visitor.ann, chat))[-1]
    assert answer["quoted"] == {"author": "Ann Lee", "text": "Who has the ladder?"}


async def test_teams_own_sentences_name_who_came_and_went(visitor: Visitor) -> None:
    tenant = visitor.stage.tenant
    await tenant.add_member(visitor.payroll, visitor.cleo, by=visitor.ann)
    await tenant.remove_member(visitor.payroll, visitor.cleo, by=visitor.ann)
    seen = await visitor.get(f"/api/spaces/{visitor.payroll}/messages", **{"as": visitor.ann})
    said = [item["system"] for item in seen["items"] if item["system"]]
    assert said[-2:] == ["Ann Lee added Cleo Fox.", "Ann Lee removed Cleo Fox."]


async def test_one_talks_to_cairn_in_ones_own_chat_and_in_a_channel_by_its_name(visitor: Visitor) -> None:
    await visitor.does("/api/post", viewer=visitor.ann, place=visitor.help, text="@Cairn capture off")
    seen = await visitor.get(f"/api/spaces/{visitor.help}/messages", **{"as": visitor.ann})
    assert seen["reading"] is False
    own = visitor.own_chat(visitor.bob)
    await visitor.does("/api/post", viewer=visitor.bob, place=own, text="opt out")
    assert "no longer name you" in (await visitor.talk(visitor.bob, own))[-1]["html"]
    profile = await (await visitor.store()).profile(visitor.key(visitor.bob))
    assert profile is not None
    assert profile.value.opted_out


async def test_a_card_is_pressed_by_whom_one_is_and_shown_anew_to_them(visitor: Visitor) -> None:
    await visitor.exchange()
    own = visitor.own_chat(visitor.ann)
    review = (await visitor.talk(visitor.ann, own))[-1]
    verify = next(action for action in review["card"]["actions"] if action.get("verb") == "verify")
    press = {"place": own, "message": review["key"], "verb": "verify", "data": verify["data"]}
    assert await visitor.does("/api/press", viewer=visitor.ann, **press) == ""
    after = (await visitor.talk(visitor.ann, own))[-1]
    assert after["card"] != review["card"]
    assert (await visitor.get("/api/knowledge"))["answers"][0]["trust"] == "verified"


async def test_what_cairn_says_to_one_person_alone_stands_below_the_card_for_them(visitor: Visitor) -> None:
    await visitor.exchange()
    await visitor.does("/api/post", viewer=visitor.ann, place=visitor.help, text=QUESTION)
    card = (await visitor.talk(visitor.bob))[-1]["replies"][-1]
    press = {"place": visitor.help, "message": card["key"], "verb": "verify", "data": {}}
    notice = await visitor.does("/api/press", viewer=visitor.bob, **press)
    assert "nothing was changed" in notice
    assert (await visitor.talk(visitor.bob))[-1]["replies"][-1]["notice"] == notice
    assert (await visitor.talk(visitor.cleo))[-1]["replies"][-1]["notice"] == ""
