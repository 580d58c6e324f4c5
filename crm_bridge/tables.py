"""The records at rest.  No column holds a person in clear text but for what only agents did (the access log).

`person` is the keyed pseudonym of the record's id, `number` that of a number, `name` that of a family name with its
birth date; `sealed` is the record itself.  Every row has its tenant and every query asks for one: that is the wall.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, MetaData, String, Table

METADATA: Final = MetaData()

PEOPLE: Final = Table(
    "people",
    METADATA,
    Column("tenant", String(40), primary_key=True),
    Column("person", String(32), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    # Pseudonym of the content: an import that brings the same again changes nothing.
    Column("content", String(32), nullable=False),
    Column("updated_at_ms", BigInteger, nullable=False),
)
NUMBERS: Final = Table(
    "numbers",
    METADATA,
    Column("tenant", String(40), primary_key=True),
    Column("number", String(32), primary_key=True),
    Column("person", String(32), primary_key=True),
    Column("shared", Boolean, nullable=False),
    Column("confirmed_at_ms", BigInteger),
)
Index("numbers_of", NUMBERS.c.tenant, NUMBERS.c.person)
NAMES: Final = Table(
    "names",
    METADATA,
    Column("tenant", String(40), primary_key=True),
    Column("name", String(32), primary_key=True),
    Column("person", String(32), primary_key=True),
)
Index("names_of", NAMES.c.tenant, NAMES.c.person)
READINGS: Final = Table(
    "readings",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("tenant", String(40), nullable=False),
    Column("person", String(32), nullable=False),
    Column("agent", String(80), nullable=False),
    Column("why", String(20), nullable=False),
    Column("interaction", String(40)),
)
Index("readings_of", READINGS.c.tenant, READINGS.c.person)
# Which key the rows of a tenant are sealed under, told by a pseudonym: a wrong key file is noticed at once.
KEYS: Final = Table(
    "keys", METADATA, Column("tenant", String(40), primary_key=True), Column("check", String(32), nullable=False)
)
