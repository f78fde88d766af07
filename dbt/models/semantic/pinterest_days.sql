-- The days of the semantic layer: five years back, to tomorrow.
{{ dbt.date_spine(
    'day',
    dbt.dateadd('day', -1826, 'cast(' ~ dbt.current_timestamp() ~ ' as date)'),
    dbt.dateadd('day', 2, 'cast(' ~ dbt.current_timestamp() ~ ' as date)'),
) }}
