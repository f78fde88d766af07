-- depends_on: {{ ref('fct_pinterest__campaign_targeting_daily') }}
{{ source_pinterest.targeting_mart('GENDER', 'gender') }}
