"""Every bound of Allo, with its reason.  Relations between bounds are asserted at the end: a wrong one cannot start."""

from __future__ import annotations

from typing import Final

# Events that may wait for the kernel.  A national platform sees 500 a second: this is over a minute of them.
INBOX_EVENTS: Final = 50_000
# Above this, pages and webhooks are shed; Asterisk is always read.
INBOX_SHED_AT: Final = 40_000
# Steps decided in one go before their batch is kept: bounds how long orders wait for their commit.
BATCH_STEPS: Final = 500

# How long the end of an order may wait for another step to be kept with: longer than a caller needs from one step to
# the next, too short for a crash to leave many orders open that are done.
ORDER_END_LINGER_MS: Final = 20

# Steps that may wait for a journal that does not answer, at most; then new calls take the safe path.
JOURNAL_RING_STEPS: Final = 20_000
# A journal slower than this is an alarm: orders of live calls leave without it.
JOURNAL_LAG_MS: Final = 200
# Steps between two snapshots: folding so many takes well under a second.
SNAPSHOT_EVERY_STEPS: Final = 20_000

# An answer to an AMI action; Asterisk answers in 1 ms, a machine under load in 100.
AMI_ANSWER_MS: Final = 5_000
# Silence on the AMI link after which we ask, and how long we wait for the answer: a half-open link is
# noticed within five seconds.
AMI_PING_EVERY_MS: Final = 1_500
AMI_PING_ANSWER_MS: Final = 2_500
AMI_HALF_OPEN_MS: Final = 5_000
# One AMI field.  Asterisk refuses lines of about 1,024 bytes with "line too long".
AMI_FIELD_BYTES: Final = 900
# Files that one order reads out, one after the other, with what divides them: the rest of its field is the command.
READ_PATHS_LONGEST: Final = AMI_FIELD_BYTES - 60
# Between two attempts to reach Asterisk, first and last.
RECONNECT_FIRST_MS: Final = 100
RECONNECT_LAST_MS: Final = 5_000
# Files that Asterisk may have open: a call takes about ten, a node has a few hundred calls.
OPEN_FILES: Final = 65_536
# Of these, for one call: two channels with their sockets, pipes and timers.
OPEN_FILES_PER_CALL: Final = 12
# Between two starts of an Asterisk that dies, first and last.
RESTART_FIRST_MS: Final = 200
RESTART_LAST_MS: Final = 10_000

# What we keep of a caller's name and number; longer ones are cut (SIP allows 10 kB, nobody is called that).
NAME_CHARACTERS: Final = 80
NUMBER_DIGITS: Final = 15  # E.164

# Orders on their way at once, for all lanes.
ORDERS_OPEN: Final = 20_000
# A prompt that is not ready after this is left out: the caller is asked for keys by the next one.
PROMPT_READY_MS: Final = 3_000
# Whose number this is must be known before a telephone can be offered: a ring, an answer and the shortest greeting.
LOOK_UP_MS: Final = 1_500
# How long an automatic answer waits for the agent's page to paint the record: a page needs 30 ms, nobody hears 150.
RECORD_SHOWN_MS: Final = 150
# Tasks of one tenant, recordings that are still kept included: more than a platform of 200 posts does in a week.
TASKS_PER_TENANT: Final = 20_000
# A writing is understood in some milliseconds; the very first waits while the topics are learnt, 17 s of one core.
WRITING_UNDERSTOOD_MS: Final = 120_000
# A system that was not answered sends the same message again, after its own restart or a weekend: then it is known.
WRITING_NAMED_MS: Final = 7 * 24 * 3_600_000
# What was written is erased after this at the latest (runtime/settings/retention.py, `words`): nobody can read it then.
WRITING_KEPT_MS: Final = 183 * 24 * 3_600_000
# Characters of one writing, some six pages; of its subject; and of who sent it, as long as an address may be.
WRITING_CHARACTERS: Final = 12_000
SUBJECT_CHARACTERS: Final = 300
SENDER_CHARACTERS: Final = 254
# A promise that nobody kept for so long is none any more, and its personal data must go.
PROMISE_KEPT_MS: Final = 60 * 24 * 3_600_000
# Beyond the longest message: a tone, and Asterisk's way back; then the dialogue goes on as if nothing had been said.
RECORD_MARGIN_MS: Final = 15_000
# Less sound than this is no message: a breath, a handset put down.
MESSAGE_SHORTEST_MS: Final = 1_000
# An erasure that nobody confirmed is ordered again.
ERASE_AGAIN_MS: Final = 3_600_000
# People of whom it is known whom they spoke with last: those of a busy platform in some weeks; the oldest go first.
SPOKEN_MOST: Final = 100_000
# What a supervisor types for every caller to hear: half a minute of speech; longer, people hang up before their turn.
NOTICE_CHARACTERS: Final = 500
# A message or an early closing that should hold longer belongs into the configuration.
NOTICE_LONGEST_MS: Final = 31 * 24 * 3_600_000
# Why a supervisor orders something: a word at least, a line at most; a story belongs elsewhere.
REASON_LEAST: Final = 3
REASON_CHARACTERS: Final = 200
# Whoever is given to an agent who is busy waits for them so long: most conversations are over by then.
GIVEN_MS: Final = 300_000
# The longest prompt we wait for the end of; then the dialogue goes on.
PROMPT_LONGEST_MS: Final = 120_000
# Beyond what a caller may say, for the words of the question itself: then whoever hears has gone silent.
HEARING_MARGIN_MS: Final = 30_000
# Asterisk opens the way for a caller's sound in a few milliseconds; a machine under load in a second.
SOUND_COMES_MS: Final = 4_000
# Sound that may come ahead of time: what a network held back comes at once; more is no telephone.
SOUND_AHEAD_MS: Final = 3_000
# Sound of one caller that waits to be recognised: 4 s; a recogniser that is further behind never catches up.
SOUND_WAITING_BYTES: Final = 4 * 16_000
# Sound of ours that Asterisk has not read: 2 s; then it reads no more.
SOUND_UNREAD_BYTES: Final = 2 * 16_000
# How often it is looked whether somebody has ended, where no sound comes at all.
HEARING_LOOK_MS: Final = 50
# Callers whom one worker hears at once, whatever it measured: with it die their questions.
STREAMS_PER_WORKER: Final = 100
# A worker that a recogniser holds up for so long will not come back.
RECOGNISER_STUCK_MS: Final = 8_000
# How often a worker says that it lives, and the silence after which it is ended; loading a model is given longer.
WORKER_BEAT_MS: Final = 500
WORKER_SILENT_MS: Final = 4_000
WORKER_STARTS_MS: Final = 120_000
# A worker makes room for a caller in a millisecond; while nobody answers the caller hears nothing.
ROOM_MADE_MS: Final = 1_500
# Connections to one worker that have not said whose sound they bring: Asterisk says so at once.
STRANGERS_PER_WORKER: Final = 50
# A call that Asterisk does not answer, hold or return within this is looked at again.
CALL_STEP_MS: Final = 10_000
# An agent has answered, and Asterisk joins them within some ten milliseconds; where it has not, it is told once more.
JOINED_MS: Final = 2_000
# How long a desk phone that vanished in a conversation has to be reachable again: it is asked every 30 s, so that two
# questions and not one went unanswered; until then it may only have lost its registration, and they talk on.
PHONE_BACK_MS: Final = 35_000
# The longest word to a waiting caller; then they go back into the holding bridge in any case.
ANNOUNCEMENT_MS: Final = 30_000
# How often such a step is ordered again before the call is given up.
CALL_STEP_TRIES: Final = 3
# Whom somebody was handed on to by name finishes a note, and their telephone rings; then anybody takes the citizen.
COLLEAGUE_MS: Final = 30_000
# A promised callback that no line, no agent or no hour allows now is looked at again after this.
CALLBACK_REFUSED_MS: Final = 30_000
CALLBACK_AGAIN_MS: Final = 3_600_000
# An hour for a callback is agreed on this far ahead at most; beyond, it is an appointment.
CALLBACK_AHEAD_MS: Final = 31 * 24 * 3_600_000
# Asterisk's own time-out of a ringing leg beyond the offer's: ours comes first, theirs is the safety net.
RING_MARGIN_MS: Final = 2_000
# Webhooks that may wait for one receiver: a large platform makes some 50,000 a day, and a receiver is given three days.
# Beyond it the oldest stay, new ones are counted as refused, and an alarm is told.
OUTBOX_WAITING: Final = 200_000
# Steps that may wait in memory for the outbox's disk; then it catches up from the journal.
OUTBOX_STEPS: Final = 5_000
# Facts that one input may lead to; more is a loop between minds.
FACTS_PER_STEP: Final = 10_000

# Messages that may wait in a process while the bus between processes is away: half a minute of a national platform.
OUTLET_MESSAGES: Final = 20_000
# Messages that one stream of the bus may hold, unread ones included; some 100 MB at most.
STREAM_MESSAGES: Final = 100_000
# Between two removals of what was read from a stream: it costs a round trip.
STREAM_TRIM_EVERY_MS: Final = 500
# How often an edge in a process of its own says that it is there, and the silence after which it counts as lost.
BEAT_EVERY_MS: Final = 500
BEAT_LOST_MS: Final = 3_000

assert INBOX_SHED_AT < INBOX_EVENTS
assert AMI_PING_EVERY_MS + AMI_PING_ANSWER_MS < AMI_HALF_OPEN_MS
assert BATCH_STEPS < JOURNAL_RING_STEPS
assert RECONNECT_FIRST_MS <= RECONNECT_LAST_MS
assert RESTART_FIRST_MS <= RESTART_LAST_MS
assert OUTLET_MESSAGES < STREAM_MESSAGES
assert 4 * WORKER_BEAT_MS < WORKER_SILENT_MS
assert 4 * BEAT_EVERY_MS < BEAT_LOST_MS
