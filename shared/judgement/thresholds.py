"""Where judgements turn into verdicts. Each number says where it comes from."""

OPENER_AT_ONCE = 0.55
"""P(request) from which words open one while nothing else is known. Read by hand: of 25 conversation
starts of the training chats between 0.45 and 0.7, 22 asked for help; below that, small talk grows."""
OPENER_UNANSWERED = 0.45
"""The same once the thread is due and nobody else has spoken: it has had its time to be talked over."""
OPENER_STARTS = 0.3
"""P(it starts a conversation) that is needed beside; what is rather a reply opens nothing."""
OPENER_NO = 0.25
"""P(request) below which words by themselves open none; between the two nobody should act, but may look again."""
OPENER_SOUNDS = 0.1
"""P(request) by words below which a conversation opens none, though others replied, unless these help; by hand.
On folds of train it costs 0.1 of F1, as every answered start of the labelled chats counts as a request."""
OPENER_CLEAR = 0.8
"""P(request) by words from which help or thanks afterwards are enough to call it one, for a thread by itself;
by hand. On folds of train it costs 0.7 of F1 there, and where the chat is at hand it would cost 2.1."""
OPENER_DUE = 0.35
"""P(request that was replied to) from which a thread with replies opened with one, by the thread alone. F1 on
folds of train is level from 0.25 to 0.45."""
OPENER_DUE_NO = 0.15
"""The same below which it did not."""
OPENER_LEFT_OPEN = (0.15, 0.7)
"""P(request that was replied to) by words and replies between which a sentence model is heard as well. On folds of
train meaning takes one of 5,614 over the threshold from outside of it, and two in five lie inside."""
OPENER_IN_CHAT = 0.35
"""The same where the whole chat is at hand; F1 on folds of train is best there."""
OPENER_IN_CHAT_NO = 0.15
"""The same below which it did not."""

LINK = 0.36
"""P(link) from which one is claimed, also beside a likelier one. Half of the F1 that is reached is where claiming
pays; on folds of train that adds 0.5 to F1 over one claim a message."""
LINK_AFTER_HOURS = 4
"""Hours after which a link needs to be likelier: the labelled chats are lively, and hold hardly a silence of
hours from which a model could learn that a new morning is a new conversation; by hand."""
LINK_AFTER_SILENCE = 0.9
"""P(link) that is needed then; by hand. Teams' own quote needs none."""

QUIET_MESSAGES = 8
"""A chat is quiet when at most so many messages were said in the half hour before; by hand. The labelled chats
never are: a model that learned there takes an answer without a name for the start of something new."""
QUIET_MINUTES = 30
LINK_DOUBTED = 0.6
"""P(link) below which the rule for quiet chats is heard as well; by hand."""
LINK_WHEN_QUIET = 0.5
"""P(link) that is claimed for what the rule for quiet chats ties together; by hand."""

ANSWER = 0.5
"""P(answer) from which a reply is one. On folds of train F1 is level from 0.4 to 0.5; the upper end, as a wrong
answer costs more than a missed one, and P means what it says (docs/judgement.md)."""
ANSWER_UNSURE = 0.7
"""P(answer) from which a reply is one though its writer says not to be sure. On folds of train three in four of these
are good from there, and two in five of those between 0.5 and 0.7; F1 gains 0.5 over never."""
HELP = 0.25
"""P(answer) from which a reply that is no answer at least helps; by hand."""
RESOLVED = 0.6
"""P(resolved) from which an exchange is; the probabilities are set by hand per sign, in resolution.py."""
SAME_ADVICE = 0.7
"""How much of the shorter advice's telling words must stand in the other for both to be one approach;
by hand: below it, different answers to one question begin to melt together."""
SAME_ADVICE_AGREED = 0.5
"""The same when the second person also says "+1", "yes" or "agreed"; by hand."""

SAME_YES = 0.7
"""P(same question) from which it is, if `more_than_topic` agrees. By P alone, the best candidate of a query
is the same or related on folds of train in 86 of 100 cases from 0.5, in 93 from 0.6, in all from 0.7."""
SAME_SHOWS_A_QUESTION = 0.9
"""P(same question) from which a known question shows that these words ask it too, when they leave it open
whether they ask at all; by hand, well above where all on folds of train were the same or related."""
SAME_NO = 0.25
"""P(same question) below which it is not; between the two a person may be shown it, as possibly related."""
SAME_CONFLICT = -2.0
"""Log-odds that another error code, version or product generation costs, from even odds at best; by hand."""
COVERS_SMALLER = 0.68
"""Share of the shorter question's telling words that the other must have for YES; by hand, on everyday
pairs: two of three words in common is a topic, the third decides."""
COVERS_LARGER = 0.4
"""The same for the longer question."""
COVERS_LARGER_ASKED_OTHERWISE = 0.7
"""The same when one asks who or when and the other how: then hardly anything may be left over."""
TELLS_A_STORY = 10
"""Telling words from which a question tells a story around what it asks, so that less of it must be met."""
COVERS_SMALLER_STORY = 0.5
COVERS_LARGER_STORY = 0.2
"""The two shares when the longer question tells a story; on folds of train all 18 that are shown are the same
or related (half of them the very same), against 8 without this allowance."""
SAME_YES_BY_MEANING = 0.8
"""As `SAME_YES`, where a sentence model was heard as well. By P alone, on folds of train the best candidate of a
query is the same or related in 91 of 100 cases from 0.8; with the three numbers below, in 97."""
MEANS_THE_SAME = 0.68
"""Cosine of two questions' meanings below which they are not the same, whatever the model says; by hand, on
everyday pairs: rewordings begin at 0.71, other questions that no rule tells apart end at 0.65."""
COVERS_SMALLER_MEANT = 0.3
"""As `COVERS_SMALLER`, where a sentence model was heard as well; by hand."""
MEANS_THE_SAME_STORY = 0.65
"""As `MEANS_THE_SAME`, when the longer question tells a story: what stands around takes from the likeness."""
COVERS_SMALLER_MEANT_STORY = 0.2
"""As `COVERS_SMALLER_MEANT` then. With these two, on folds of train 42 are shown, all the same or
related; with those for short questions 35."""

KNOWS = 0.22
"""Likeness times remaining weight from which somebody is named: one answer of today to a question that
shares a good fifth of the telling words, or a few older ones; by hand. Below it, silence."""
