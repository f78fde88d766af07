{{ source_pinterest.levels_that_differ('campaign', 'ad_group') }}
