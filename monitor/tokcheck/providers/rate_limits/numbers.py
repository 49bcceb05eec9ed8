"""The numbers and the moments of rate-limit fields."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from tokcheck.core.lazy import LazyRegex, compile_cached
from tokcheck.providers.rate_limits.structured_fields import Item, parse_list
from tokcheck.providers.rate_limits.windows import FieldSource, ResetForm, WindowForm
from tokcheck.providers.response_clock import ResponseClock, parse_http_date

# A number above this is a moment in Unix seconds, below it a number of seconds: services differ,
# and no window is thirty years long.
_EPOCH_FROM = 1_000_000_000
# And above this one it is in milliseconds: in seconds it would lie beyond the year 5100.
_MILLISECONDS_FROM = 100_000_000_000
# A number of seconds above this is a moment of a service that only uses the name of a delay.
LONGEST_DELAY = 31_536_000
# The declared forms that a number of a form cannot have: a delay of thirty years, a moment of 1970.
_MISFITS = {
    ResetForm.EPOCH_MS: {ResetForm.SECONDS, ResetForm.MILLISECONDS, ResetForm.EPOCH},
    ResetForm.EPOCH: {ResetForm.SECONDS, ResetForm.EPOCH_MS},
    ResetForm.SECONDS: {ResetForm.EPOCH, ResetForm.EPOCH_MS},
}
_NUMBER = LazyRegex(r"\+?([0-9]{1,15}(?:\.[0-9]{1,9})?)")
_NEGATIVE = LazyRegex(r"-[0-9]{1,15}(?:\.[0-9]{1,9})?")
_DURATION = LazyRegex(r"(?:[0-9]{1,9}(?:\.[0-9]{1,9})?(?:d|h|ms|m|s|us|µs|ns))+")
_PART = LazyRegex(r"([0-9.]+)(d|h|ms|m|s|us|µs|ns)")
_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}
_SPACED = LazyRegex(r"^([0-9-]{10}) ([0-9:]{5,8}) ?(Z|[+-][0-9:]{4,5})$")
_LONGEST_FIELD = 4_096


class Fields(NamedTuple):
    """The parts of a response that values are read from."""

    headers: Mapping[str, str]
    """By lower-case name."""
    body: object = None
    """The JSON body."""


def value_at(body: object, path: str) -> object:
    """Return what stands at a path of a JSON value, such as ``rates.0.limit``, or ``None``."""
    for step in path.removeprefix("$.").split("."):
        if isinstance(body, dict):
            body = body.get(step)
        elif isinstance(body, list) and step.isdecimal() and int(step) < len(body):
            body = body[int(step)]
        else:
            return None
    return body


def read_text(fields: Fields, source: FieldSource) -> str | None:
    """Return the value of a source as a text; ``None`` if it is missing."""
    if source.path:
        value = value_at(fields.body, source.path)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            return None
        text: str | None = f"{value}"
    else:
        text = fields.headers.get(source.header)
    if text is None:
        return None
    text = text[:_LONGEST_FIELD]
    if source.pattern:
        match = compile_cached(source.pattern).search(text)
        return None if match is None else match[1]
    if source.item is None and source.where is None and not source.parameter:
        return text.strip()
    item = _select_item(parse_list(text), source)
    if item is None:
        # A list that is no structured field is given back whole, to be noted.
        return None if parse_list(text) else text.strip()
    value = item.parameters.get(source.parameter) if source.parameter else item.value
    return None if value is None or isinstance(value, bytes | bool) else str(value)


def _select_item(items: tuple[Item, ...], source: FieldSource) -> Item | None:
    if source.where is not None:
        name, wanted = source.where
        return next((item for item in items if item.parameters.get(name) == wanted), None)
    position = source.item or 0
    return items[position] if position < len(items) else None


def read_number(
    fields: Fields, source: FieldSource | None, notes: list[str], *, fractions: bool = True
) -> float | None:
    """Return the number of a source; one that is none, or negative, is noted and ``None``."""
    text = None if source is None else read_text(fields, source)
    if source is None or text is None:
        return None
    # A header that is sent twice arrives as a list.
    values = {one.strip() for one in text.split(",")}
    first = values.pop()
    if not values and (match := _NUMBER.fullmatch(first)) and (fractions or "." not in first):
        return float(match[1])
    what = "negative" if not values and _NEGATIVE.fullmatch(first) else "not a whole number"
    notes.append(f"The {source.words} is {what} and was ignored.")
    return None


def whole_number(number: float | None) -> int | None:
    """Return a number without its fraction."""
    return None if number is None else int(number // 1)


def reset_moment(
    fields: Fields, window: WindowForm, clock: ResponseClock, notes: list[str]
) -> datetime | None:
    """Return when a window resets by this computer's clock, by its declared form."""
    source, form = window.reset, window.reset_form
    if is_text_form(form):
        text = None if source is None else read_text(fields, source)
        if source is None or text is None:
            return None
        moment = moment_of_text(text, form, clock)
        if moment is None:
            notes.append(_misfit_note(source, form, _fitting_form(text, clock)))
        return moment
    text = None if source is None or form is ResetForm.MAGNITUDE else read_text(fields, source)
    fitting = None if text is None else _fitting_form(text, clock)
    if source is not None and fitting is not None and is_text_form(fitting):
        notes.append(_misfit_note(source, form, fitting))
        return None
    number = read_number(fields, source, notes, fractions=window.fractions)
    if source is None or number is None:
        return None
    fitting = _form_by_size(number)
    if number and form in _MISFITS.get(fitting, ()):
        notes.append(_misfit_note(source, form, fitting))
        return None
    return moment_of_number(number, form, clock)


def _misfit_note(source: FieldSource, form: ResetForm, fitting: ResetForm | None) -> str:
    """Return a sentence about a reset of another form than the declared one."""
    note = f"The {source.words} is not of the form {form} and was ignored"
    if fitting is None:
        return f"{note}."
    return f"{note}: it looks like {fitting}. Check the form in the declaration."


def _fitting_form(text: str, clock: ResponseClock) -> ResetForm | None:
    """Return the form of a reset that a text has; ``None`` if it has none."""
    if match := _NUMBER.fullmatch(text):
        return _form_by_size(float(match[1]))
    forms = (ResetForm.DURATION, ResetForm.HTTP_DATE, ResetForm.RFC3339)
    return next((form for form in forms if moment_of_text(text, form, clock) is not None), None)


def next_boundary(clock: ResponseClock, seconds: float) -> datetime | None:
    """Return when the present one of the windows ends that begin at midnight in UTC."""
    now = clock.date or clock.made_at
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    passed = (now - midnight).total_seconds() // seconds + 1
    boundary = midnight + timedelta(seconds=min(86_400.0, passed * seconds))
    return clock.local(boundary)


def is_text_form(form: ResetForm) -> bool:
    """Return whether a form is a text, not a number."""
    return form in {ResetForm.RFC3339, ResetForm.DATE, ResetForm.HTTP_DATE, ResetForm.DURATION}


def moment_of_text(text: str, form: ResetForm, clock: ResponseClock) -> datetime | None:
    """Return the moment of a reset of a text form; ``None`` if the text is of another form."""
    if form is ResetForm.DURATION:
        seconds = parse_duration(text)
        return None if seconds is None else clock.after(seconds)
    if form is ResetForm.HTTP_DATE:
        moment = parse_http_date(text)
    elif form is ResetForm.DATE:
        moment = _midnight_of(text)
    else:
        try:
            # RFC 3339 allows small letters. As of GitHub: with spaces, and a zone that is a word.
            plain = _SPACED.compiled.sub(r"\1T\2\3", text.upper().replace("UTC", "Z"))
            moment = datetime.fromisoformat(plain)
        except ValueError:
            return None
        moment = moment.astimezone(UTC) if moment.tzinfo is not None else None
    return None if moment is None else clock.local(moment)


def _midnight_of(text: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        return None


def parse_duration(text: str) -> float | None:
    """Return the seconds of a text such as ``6m0s`` or ``12ms``; ``None`` if it is none."""
    if _DURATION.fullmatch(text) is None:
        return None
    try:
        return sum(float(number) * _UNITS[unit] for number, unit in _PART.compiled.findall(text))
    except ValueError:
        return None


def moment_of_number(number: float, form: ResetForm, clock: ResponseClock) -> datetime | None:
    """Return the moment of a numeric reset; ``None`` beyond the calendar."""
    form = _form_by_size(number) if form is ResetForm.MAGNITUDE else form
    try:
        if form is ResetForm.EPOCH_MS:
            return clock.local(datetime.fromtimestamp(number // 1000, UTC))
        if form is ResetForm.EPOCH:
            return clock.local(datetime.fromtimestamp(number, UTC))
        return clock.after(number / 1000 if form is ResetForm.MILLISECONDS else number)
    except (OverflowError, ValueError, OSError):
        return None


def _form_by_size(number: float) -> ResetForm:
    if number >= _MILLISECONDS_FROM:
        return ResetForm.EPOCH_MS
    return ResetForm.EPOCH if number > _EPOCH_FROM else ResetForm.SECONDS
