"""An enrichment that needs nothing asks for nothing and changes nothing."""

from source_pinterest.records.rows import Batch
from source_pinterest.streams.analytics.enrichment import Enrichment
from source_pinterest.sync.slices import Window
from source_pinterest.sync.state import AccountState


def test_each_step_does_nothing_unless_an_enrichment_needs_it():
    enrichment, batch = Enrichment(), Batch({"ad_account_id": "7"}, [{"date": "2026-11-23"}])
    state = AccountState({"date": "2026-11-23"})
    window = Window.of({"start_date": "2026-11-22", "end_date": "2026-11-23"})

    enrichment.begin([window])
    enrichment.load("7")
    enrichment.on_planned()
    enrichment.enrich(batch)

    assert enrichment.needed("7") == []
    assert enrichment.account_fields("7") == {}
    assert batch == Batch({"ad_account_id": "7"}, [{"date": "2026-11-23"}])
    assert enrichment.annotate_state(state, window) == state
