"""The probes that test the beliefs."""

from source_pinterest.verify.probes import (
    accounts,
    answers,
    columns,
    organic,
    reports,
    rows,
    splits,
    values,
    windows,
)
from source_pinterest.verify.probes.probe import Probe

__all__ = ["PROBES", "Probe"]

PROBES: tuple[Probe, ...] = (
    values.ids,
    values.statuses,
    windows.of_ads,
    reports.made,
    columns.every_column,
    columns.beta_breakdowns,
    columns.people_with_targeting,
    values.targeting_types,
    values.long_addresses,
    windows.of_the_user,
    windows.of_asynchronous_reports,
    windows.of_hourly_reports,
    windows.of_product_items,
    windows.longest,
    organic.pins,
    organic.rankings,
    organic.interests,
    accounts.by_ad_group,
    accounts.catalogs,
    columns.asynchronous_conversions_at_once,
    columns.list_of_metrics,
    reports.life,
    accounts.targeting_options,
    organic.ready,
    columns.attribution,
    accounts.other_lists,
    rows.creation,
    rows.adding_up,
    splits.of_the_user,
    splits.of_pins,
    accounts.promoted_pins,
    reports.keywords,
    # facts that the answers to all of these show
    values.ids_in_a_request,
    rows.of_ads,
    organic.days,
    organic.counts,
    accounts.roles,
    accounts.fields,
    answers.pages,
    answers.rate_limits,
    answers.refusals,
    answers.window_refusals,
    answers.login,
)
"""All probes, in the order of execution. Requests and time are limited, so the beliefs that matter most come first."""
