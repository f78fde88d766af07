-- An id with two names: the list was merged by its key (id and name), so an entity that was renamed is there twice.
-- Staging takes the newest row; what reads the table itself counts both. Replace the list instead of merging it.
{{ config(severity='warn') }}
{{ source_pinterest.rows_with_the_same_key(by='id') }}
