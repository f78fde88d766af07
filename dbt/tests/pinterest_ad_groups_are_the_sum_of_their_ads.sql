{{ source_pinterest.levels_that_differ('ad_group', 'ad') }}
