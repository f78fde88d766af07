-- depends_on: {{ ref('fct_pinterest__campaign_targeting_daily') }}
{{ source_pinterest.targeting_mart('AGE_BUCKET_AND_GENDER', 'age_bucket_and_gender') }}
