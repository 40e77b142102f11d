"""What Cairn thinks about what people wrote. Pure: no clock, no store, nothing read but its own model files.

The public surface, each in its own module:

- `links.link`: what a message of a flat chat replies to, or that it starts a conversation.
- `openers.opens_request`: whether somebody's words open a request for help or knowledge.
- `answers.assess`: which replies answer, what the approaches are, who contradicts whom, whether it is resolved.
- `similar.rank`: which earlier questions ask the same.
- `topics.topics_of`: what a text is about, in its own words.
- `experts.who_knows`: who has shown that they know.
- `verdicts`: the values that these return.
- `thresholds`: where probabilities become verdicts.

Everything else is how they do it, and may change. Every function is deterministic, bounded in time
by the length of what it reads, and gives a plain answer for empty input; "unsure" is a valid one.
"""
