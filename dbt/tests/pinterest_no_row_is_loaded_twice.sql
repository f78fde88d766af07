-- The same key twice, loaded at the same instant: a load that was not undone, and not a newer version. Staging
-- takes one of them; what reads the tables themselves counts both.
{{ source_pinterest.rows_with_the_same_key(by='load') }}
