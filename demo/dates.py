"""Dates as archives write them: ISO, RSS, American, British and German.

What follows the day (a time, a zone) does not matter.
"""

import datetime
import re

MONTHS = {}
for number, names in enumerate((
        "january jan januar jänner janvier janv enero ene gennaio",
        "february feb februar février févr febrero febbraio",
        "march mar märz mär mars marzo",
        "april apr avril avr abril aprile",
        "may mai mayo maggio",
        "june jun juni juin junio giugno",
        "july jul juli juillet juil julio luglio",
        "august aug août agosto ago",
        "september sept sep septembre septiembre settembre",
        "october oct oktober okt octobre octubre ottobre",
        "november nov novembre noviembre",
        "december dec dezember dez décembre déc diciembre dicembre"), 1):
    MONTHS.update((name, number) for name in names.split())

# what may follow a day
REST = r"(?=$|[\s,;T])"
YEAR = r"(\d{4}|\d\d)(?!\d)"

WEEKDAY = re.compile(r"[^\W\d]{2,10}\.?,?\s+(?=\S)")
ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})" + REST)
COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T?\d{6}Z?)?$")
DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th|\.|º)?[\s-]+(?:de\s+)?"
                       r"([^\W\d]+)\.?,?[\s-]+(?:de\s+)?" + YEAR)
MONTH_FIRST = re.compile(r"([^\W\d]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+"
                         r"(\d{4})(?!\d)")
NUMBERS = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2" + YEAR + REST)
SECONDS = re.compile(r"(\d{10})(\d{3})?(?:\.\d+)?$")


def day(year, month, day_of_month):
    """A date, None if there is none."""
    year, month, day_of_month = map(int, (year, month, day_of_month))
    if year < 100:
        year += 2000 if year < 70 else 1900
    try:
        return datetime.date(year, month, day_of_month)
    except ValueError:
        return None


def in_numbers(text):
    """The first two numbers of a date such as 3/4/2024, or None."""
    found = NUMBERS.match(text.strip())
    if found is None or found[2] == ".":
        return None
    return int(found[1]), int(found[3])


def is_day_first(texts):
    """Do dates such as 3/4/2024 begin with the day?  None if none of them
    tells."""
    british = american = 0
    for text in texts:
        first, second = in_numbers(text) or (0, 0)
        british += first > 12 >= second
        american += second > 12 >= first
    return None if british == american else british > american


def read_date(text, day_first=False):
    """A date, or None where the text is not one of the forms we know."""
    text = text.strip()
    if found := SECONDS.match(text):
        return (datetime.datetime(1970, 1, 1) +
                datetime.timedelta(seconds=int(found[1]))).date()
    if found := ISO.match(text):
        return day(found[1], found[3], found[4])
    if found := COMPACT.match(text):
        return day(*found.groups())
    if found := NUMBERS.match(text):
        first, second = found[1], found[3]
        if found[2] == "." or (day_first and int(second) <= 12) or \
                int(first) > 12:
            first, second = second, first
        return day(found[4], first, second)
    for part in (text, WEEKDAY.sub("", text, count=1)):
        part = part.lower()
        if (found := DAY_FIRST.match(part)) and found[2] in MONTHS:
            return day(found[3], MONTHS[found[2]], found[1])
        if (found := MONTH_FIRST.match(part)) and found[1] in MONTHS:
            return day(found[3], MONTHS[found[1]], found[2])
    return None
