"""Parses and validates the configuration: the platform's dict becomes a `Config`. Nothing else sees the dict.
`spec.json` is the form.

    >>> config = Config.parse({"credentials": {"auth_method": "access_token", "access_token": "t"}})
    >>> config.backfill_days, config.lookback_days, config.credentials.access_token
    (90, 30, SecretStr('**********'))

A wrong value raises a config error. Its sentences name the field, the fact and the next step, and never a secret. A
blank ("", [""], null, …) counts as a missing field. An unknown key is only a warning (`warnings_for`), since saved
connections outlive versions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, cast

from airbyte_cdk import AirbyteTracedException, FailureType
from pydantic import (
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
)

from source_pinterest.api.facts import api_facts, attribution_choices
from source_pinterest.config.custom_reports import (
    CustomReport,
    check_conflicts,
    custom_reports,
    early_start_warnings,
    unknown_column_warnings,
    unknown_key_warnings,
)
from source_pinterest.config.official_connector import describe_translation, translate_config
from source_pinterest.config.validation import (
    MAX_NESTING,
    WINDOWS,
    Section,
    first_day,
    is_blank,
    key_name,
    nesting_depth,
    report_time,
    sentences,
    shown,
    string_list,
    type_in_words,
    window_days,
)
from source_pinterest.text import (
    cut,
    did_you_mean,
    listed,
    nearest_to,
    printable,
    replace_surrogates,
)

__all__ = ["WINDOWS", "Config", "api_facts", "warnings_for"]

BASE_URL = "https://api.pinterest.com/v5"

BACKFILL_DAYS = range(15, 91)
"""A synchronous report may start 90 days back. OpenAPI 5.23.0, checked 2026-11-24."""

LOOKBACK_DAYS = range(91)

SMALLEST_SHARE = 0.02
"""The smallest share of the rate limits. With less, a rate limit of 60 requests a minute would allow none."""

BASE_URLS = re.compile(
    r"https://(api|api-sandbox)\.pinterest\.com(/[\w.-]+)*"
    r"|https?://(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?(/[\w.-]+)*",
    re.ASCII,
)
"""Addresses that may receive the token: Pinterest's own hosts by https, or this machine."""

PINTEREST_TIME_ZONE = "PINTEREST_TIME_ZONE"
"""The default of `reporting_timezone`: days in Pinterest's own time zone, which is UTC."""

SENTENCES_SHOWN = 50
"""The most wrong fields that one error names. Our choice."""

LINES_SHOWN = 1_000
"""The most lines about keys of Airbyte's own connector. A custom report has up to twelve. Our choice."""


def _entity_statuses() -> list[str]:
    operation = api_facts()["operations"]["GET /ad_accounts/{ad_account_id}/ads"]
    return cast("list[str]", operation["parameters"]["entity_statuses"]["items"]["enum"])


def _targeting_types() -> list[str]:
    """The targeting types of all levels. A report ignores those that its own level does not have."""
    levels = api_facts()["targeting_types"].values()
    return list(dict.fromkeys(name for level in levels for name in level))


# --- Values ---


def _days(value: object, info: ValidationInfo) -> int:
    bounds, default = {
        "backfill_days": (BACKFILL_DAYS, "90"),
        "lookback_days": (LOOKBACK_DAYS, "the longest of the three attribution windows"),
    }[str(info.field_name)]
    step = (
        f"Give a whole number of days from {bounds[0]} to {bounds[-1]}, or leave it out to "
        f"use {default}."
    )
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"`{info.field_name}`: {shown(value, info)} is not a whole number. {step}")
    if value not in bounds:
        wrong = "less" if value < bounds[0] else "more"
        limit = bounds[0] if value < bounds[0] else bounds[-1]
        raise ValueError(
            f"`{info.field_name}`: {shown(value, info)} is {wrong} than {limit}. {step}"
        )
    return value


def _switch(value: object, info: ValidationInfo) -> bool:
    if not isinstance(value, bool):
        default = str(Config.model_fields[str(info.field_name)].default).lower()
        raise ValueError(
            f"`{info.field_name}`: {shown(value, info)} is neither true nor false. Give one of "
            f"the two, or leave it out to use {default}."
        )
    return value


def _organic_ad_account_id(value: object, info: ValidationInfo) -> str | None:
    if value is None:
        return None
    text = value.strip() if isinstance(value, str) else value
    if not isinstance(text, str) or not re.fullmatch(r"\d{1,18}", text, re.ASCII):
        raise ValueError(
            f"`organic_ad_account_id`: {shown(value, info)} is not an ad account id, which is 1 "
            'to 18 digits in quotes, such as "549755885175". Copy the id from the address of '
            "Pinterest's Ads Manager, or leave it out to read the user of this login."
        )
    return text


def _share(value: object, info: ValidationInfo) -> float:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not SMALLEST_SHARE <= value <= 1:  # type: ignore[operator]
        raise ValueError(
            f"`rate_limit_share`: {shown(value, info)} is not a number from {SMALLEST_SHARE} to "
            "1. Give the part of Pinterest's rate limits that this connection may use, such as "
            "0.25, or leave it out to use them all."
        )
    return float(value)  # type: ignore[arg-type]


def _ad_account_ids(value: object, info: ValidationInfo) -> tuple[str, ...]:
    found = string_list(value, info, "549755885175")
    for name in found:
        if not re.fullmatch(r"\d{1,18}", name, re.ASCII):
            raise ValueError(
                f"`ad_account_ids`: {shown(name, info)} is not an ad account id, which is 1 to 18 "
                "digits. Copy the id from the address of Pinterest's Ads Manager, or leave the list "
                "empty to read every ad account of this login."
            )
    return tuple(found)


def _chosen(
    value: object, info: ValidationInfo, known: list[str], empty_means: str
) -> tuple[str, ...]:
    found = string_list(value, info, known[0])
    for name in found:
        if name not in known:
            raise ValueError(
                f"`{info.field_name}`: {shown(name, info)} is not known. {did_you_mean(name, known)}"
                f"Choose from {', '.join(known)}, or leave the list empty for {empty_means}."
            )
    return tuple(found)


def _chosen_targeting_types(value: object, info: ValidationInfo) -> tuple[str, ...]:
    return _chosen(value, info, _targeting_types(), "all that each report allows")


def _chosen_entity_statuses(value: object, info: ValidationInfo) -> tuple[str, ...]:
    return _chosen(value, info, _entity_statuses(), "every status")


def _reporting_timezone(value: object, info: ValidationInfo) -> str:
    known = attribution_choices("reporting_timezone")
    if value not in known:
        raise ValueError(
            f"`reporting_timezone`: {shown(value, info)} is not known. {did_you_mean(value, known)}"
            f"Choose {listed(known)}."
        )
    return str(value)


def _base_url(value: object) -> str:
    if not isinstance(value, str) or not BASE_URLS.fullmatch(value.rstrip("/")):
        raise ValueError(
            "`base_url`: this is not an address of Pinterest's API, and would receive the token. "
            f"Leave it out to use {BASE_URL}, or give https://api-sandbox.pinterest.com/v5 or an "
            "address on this machine (http://127.0.0.1:8080/v5)."
        )
    return value.rstrip("/")


# --- Credentials ---

ORIGINS = {
    "client_id": "Copy the app id of your app from developers.pinterest.com/apps.",
    "client_secret": "Copy the app secret key of your app from developers.pinterest.com/apps.",
    "refresh_token": "Log in with Pinterest again: the login fills this field.",
    "access_token": "Generate a token for your app at developers.pinterest.com/apps and copy it.",
}


def _secret(value: object, info: ValidationInfo) -> SecretStr:
    field = str(info.field_name)
    if value is None:
        fact = "missing"
    elif not isinstance(value, str):
        fact = "not a string"
    elif not value.strip():
        fact = "empty"
    elif not re.fullmatch(r"[\x21-\x7e]+", value.strip()):
        fact = "it contains blanks or characters that cannot be part of it"
    else:
        return SecretStr(value.strip())
    raise ValueError(f"`credentials.{field}`: {fact}. {ORIGINS[field]}")


def _optional_secret(value: object, info: ValidationInfo) -> SecretStr | None:
    return None if is_blank(value) else _secret(value, info)


def _expiry_date(value: object) -> str | None:
    """None for a wrong date, so that the token is refreshed: the platform fills this field, not the user."""
    try:
        datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        return None
    return str(value)


Secret = Annotated[SecretStr, BeforeValidator(_secret)]
OptionalSecret = Annotated[SecretStr | None, BeforeValidator(_optional_secret)]


class OAuthCredentials(Section):
    """A login at Pinterest. The platform saves the last two fields when tokens are rotated."""

    auth_method: Literal["oauth2.0"] = "oauth2.0"
    client_id: Secret
    client_secret: Secret
    refresh_token: Secret
    access_token: OptionalSecret = None
    token_expiry_date: Annotated[str | None, BeforeValidator(_expiry_date)] = None


class AccessTokenCredentials(Section):
    """One access token that cannot be renewed, for a trial."""

    auth_method: Literal["access_token"] = "access_token"
    access_token: Secret


Credentials = OAuthCredentials | AccessTokenCredentials

AUTH_METHODS: dict[str, type[OAuthCredentials] | type[AccessTokenCredentials]] = {
    "oauth2.0": OAuthCredentials,
    "access_token": AccessTokenCredentials,
}


def _credentials(value: object) -> Credentials:
    """The credentials of the kind that `auth_method` names. Fields of other kinds are ignored."""
    methods = " or ".join(f'"{method}"' for method in AUTH_METHODS)
    if value is None or (is_blank(value) and not isinstance(value, Mapping)):
        raise ValueError(
            "`credentials`: missing. Log in with Pinterest, or give an object with `auth_method` "
            f"{methods} and the fields of that method."
        )
    if not isinstance(value, Mapping):
        raise ValueError(
            f"`credentials`: it is {type_in_words(value)}, not an object. Give an object with "
            f"`auth_method` {methods} and the fields of that method."
        )
    method = value.get("auth_method")
    if is_blank(method):
        raise ValueError(f"`credentials.auth_method`: missing. Set it to {methods}.")
    if not isinstance(method, str) or method not in AUTH_METHODS:
        nearest = nearest_to(method, AUTH_METHODS) if isinstance(method, str) else None
        hint = f'Did you mean "{nearest}"? ' if nearest else ""
        raise ValueError(f"`credentials.auth_method`: not known. {hint}Set it to {methods}.")
    variant = AUTH_METHODS[method]
    # a missing field is None here, so that its own sentence says what to do
    fields = {name: value.get(name) for name in variant.model_fields}
    try:
        return variant.model_validate(fields)
    except ValidationError as error:
        raise ValueError("\n".join(sentences(error))) from None


# --- The whole configuration ---


def _longest_window(fields: dict[str, Any]) -> int:
    """The longest attribution window, in days. Pinterest restates a day until it has passed."""
    return max(int(fields[name]) for name in WINDOWS)


Days = Annotated[int, BeforeValidator(_days)]
WindowDays = Annotated[int, BeforeValidator(window_days)]
Share = Annotated[float, BeforeValidator(_share)]
Switch = Annotated[bool, BeforeValidator(_switch)]
ReportTime = Literal["TIME_OF_AD_ACTION", "TIME_OF_CONVERSION"]
CustomReports = Annotated[tuple[CustomReport, ...], BeforeValidator(custom_reports)]


class Config(Section):
    """The validated choices of the user. Defaults are Pinterest's own."""

    credentials: Annotated[Credentials, BeforeValidator(_credentials)]
    backfill_days: Days = 90
    click_window_days: WindowDays = 30
    engagement_window_days: WindowDays = 30
    view_window_days: WindowDays = 1
    conversion_report_time: Annotated[ReportTime, BeforeValidator(report_time)] = (
        "TIME_OF_AD_ACTION"
    )
    reporting_timezone: Annotated[str, BeforeValidator(_reporting_timezone)] = PINTEREST_TIME_ZONE
    start_date: Annotated[date | None, BeforeValidator(first_day)] = None
    lookback_days: Days = Field(default_factory=_longest_window)
    ad_account_ids: Annotated[tuple[str, ...], BeforeValidator(_ad_account_ids)] = ()
    targeting_types: Annotated[tuple[str, ...], BeforeValidator(_chosen_targeting_types)] = ()
    entity_statuses: Annotated[tuple[str, ...], BeforeValidator(_chosen_entity_statuses)] = ()
    reconcile: Switch = True
    entity_names: Switch = False
    metrics_final: Switch = False
    only_active_pins: Switch = False
    organic_ad_account_id: Annotated[str | None, BeforeValidator(_organic_ad_account_id)] = None
    rate_limit_share: Share = 1.0
    base_url: Annotated[str, BeforeValidator(_base_url)] = BASE_URL
    custom_reports: CustomReports = ()

    @property
    def has_local_days(self) -> bool:
        """Whether ads reports use the days of each ad account's own time zone."""
        return self.reporting_timezone != PINTEREST_TIME_ZONE

    @property
    def timezone_parameter(self) -> dict[str, str]:
        """The request parameter for local days; empty for Pinterest's own days, which every app may request."""
        return {"reporting_timezone": self.reporting_timezone} if self.has_local_days else {}

    @classmethod
    def parse(cls, raw: object) -> Config:
        """Validates a configuration. Raises one config error with a sentence for each wrong field."""
        if not isinstance(raw, Mapping):
            raise config_error(
                [
                    f"The configuration: it is {type_in_words(raw)}, not a JSON object. "
                    "Give an object with `credentials`."
                ]
            )
        check_depth(raw)
        raw = translate_config(raw)
        # a form saves a blank for an empty field
        fields = {name: raw[name] for name in cls.model_fields if not is_blank(raw.get(name))}
        fields["credentials"] = raw.get("credentials")
        try:
            return cls.model_validate(fields, context={"secrets": _secrets(raw)})
        except ValidationError as error:
            raise config_error(sentences(error)) from None


def check_depth(raw: object) -> None:
    """Raises a config error if lists and objects are nested too deeply to fit into a message."""
    if nesting_depth(raw) > MAX_NESTING:
        raise config_error(
            [
                f"The configuration: its lists and objects are nested {nesting_depth(raw):,} levels deep, "
                f"and the connector reads {MAX_NESTING}. Write the configuration as the documentation "
                "shows."
            ]
        )


class _CustomReports(Section):
    custom_reports: CustomReports = ()


def custom_reports_of(raw: object) -> tuple[CustomReport, ...]:
    """The validated custom reports of a configuration, for `discover`, which ignores all other fields."""
    if not isinstance(raw, Mapping):
        return ()
    check_depth(raw)
    raw = translate_config(raw)
    if is_blank(raw.get("custom_reports")):
        return ()
    fields = {"custom_reports": raw["custom_reports"]}
    try:
        found = _CustomReports.model_validate(fields, context={"secrets": _secrets(raw)})
    except ValidationError as error:
        raise config_error(sentences(error)) from None
    return found.custom_reports


def check_start_date(config: Config, today: date) -> None:
    """Raises a config error if `start_date` is not over yet. `today`: in UTC."""
    if config.start_date and config.start_date >= today:
        raise config_error(
            [
                f"`start_date`: {config.start_date} is not over yet (in UTC it is {today}), and the "
                "connector reads only complete days. Give an earlier day, or leave it out to use "
                "`backfill_days`."
            ]
        )


def check_custom_reports(
    reports: Iterable[CustomReport], streams: Iterable[str], today: date
) -> None:
    """Raises a config error if a custom report has the name of one of these streams, or starts too late for `today`
    (UTC)."""
    try:
        check_conflicts(reports, streams, today)
    except ValueError as error:
        raise config_error([str(error)]) from None


def field_options(raw: object) -> frozenset[str]:
    """The options that add fields to records, as far as they are switched on. Accepts any value."""
    names = ("entity_names", "metrics_final")
    return frozenset(name for name in names if isinstance(raw, Mapping) and raw.get(name) is True)


def warnings_for(raw: object, today: date | None = None) -> list[str]:
    """Warnings about a configuration that is accepted. `today`: in UTC; None leaves out warnings about days.

    >>> warnings_for({"backfil_days": 30})
    ['Unknown key `backfil_days` is ignored; did you mean `backfill_days`?']
    """
    if not isinstance(raw, Mapping):
        return []
    theirs, raw = raw, translate_config(raw)
    secrets = _secrets(raw)
    moved = _few(describe_translation(theirs, secrets), "line", LINES_SHOWN)
    warnings = [
        _unknown(name, Config.model_fields, secrets)
        for name, value in raw.items()
        if name not in Config.model_fields and not is_blank(value)
    ]
    credentials = raw.get("credentials")
    if isinstance(credentials, Mapping):
        method = credentials.get("auth_method")
        variant = AUTH_METHODS.get(method) if isinstance(method, str) else None
        if variant:
            warnings += [
                _unknown(name, variant.model_fields, secrets, "credentials.")
                for name, value in credentials.items()
                if name not in variant.model_fields and not is_blank(value)
            ]
    warnings += unknown_key_warnings(raw.get("custom_reports"), secrets)
    return [*moved, *_few([*warnings, *_warnings_of_values(raw, today)], "warning")]


def _unknown(name: object, known: Iterable[str], secrets: Iterable[str], prefix: str = "") -> str:
    shown = key_name(name, secrets)
    if shown is None:
        place = f" in `{prefix.rstrip('.')}`" if prefix else ""
        return (
            f"An unknown key{place} is ignored. Its name is not shown, because it may be a secret."
        )
    text = f"Unknown key `{prefix}{shown}` is ignored"
    if nearest := nearest_to(shown, known):
        return f"{text}; did you mean `{prefix}{nearest}`?"
    if not prefix and any(shown in variant.model_fields for variant in AUTH_METHODS.values()):
        return f"{text}; move it into `credentials`."
    if prefix and shown in Config.model_fields:
        return f"{text}; move it out of `credentials`, to the top level."
    return f"{text}."


def _warnings_of_values(raw: Mapping[Any, Any], today: date | None) -> list[str]:
    try:
        config = Config.parse(raw)
    except AirbyteTracedException:
        return []
    warnings = list(unknown_column_warnings(config.custom_reports))
    if today:
        warnings += early_start_warnings(config.custom_reports, today)
    if config.has_local_days and config.metrics_final:
        warnings.append(
            "`metrics_final` has no effect with `reporting_timezone` AD_ACCOUNT_TIME_ZONE: "
            "Pinterest says only which UTC days are final. The fields are null, and the "
            "connector reads all `lookback_days` again."
        )
    longest = _longest_window(config.model_dump())
    if config.lookback_days >= longest:
        return warnings
    return [
        *warnings,
        f"`lookback_days` is {config.lookback_days}, less than the longest attribution window "
        f"({longest} days): conversions that Pinterest attributes to older days stay missing in "
        f"the daily reports. Set `lookback_days` to {longest} to read them.",
    ]


def _secrets(raw: Mapping[Any, Any]) -> list[str]:
    """The secrets among the credentials, escaped as in JSON."""
    credentials = raw.get("credentials")
    fields = credentials if isinstance(credentials, Mapping) else {"credentials": credentials}
    return [
        json.dumps(value.strip(), ensure_ascii=False)[1:-1]
        for name, value in fields.items()
        if name != "auth_method" and isinstance(value, str) and len(value.strip()) > 3
    ]


def _few(sentences: list[str], what: str, most: int = SENTENCES_SHOWN) -> list[str]:
    """The first sentences, each shortened, and a last one that counts the rest."""
    more = len(sentences) - most
    first = [cut(printable(replace_surrogates(sentence))) for sentence in sentences[:most]]
    return [*first, f"and {more:,} more {what}{'' if more == 1 else 's'}."] if more > 0 else first


def config_error(sentences: list[str]) -> AirbyteTracedException:
    """A config error whose message has these sentences, one per line."""
    lines = [line for sentence in sentences for line in sentence.split("\n")]
    message = "\n".join(_few(lines, "wrong field"))
    return AirbyteTracedException(
        message=message, internal_message=message, failure_type=FailureType.config_error
    )
