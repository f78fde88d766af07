{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'pin_analytics',
    key=['pin_id', 'date'],
    columns=[
        ('pin_id', 'pin_id', 'text'),
        ('user_id', 'user_id', 'text'),
        ('date', 'date', 'date'),
        ('data_status', 'data_status', 'text'),
        ('IMPRESSION', 'impression', 'number'),
        ('OUTBOUND_CLICK', 'outbound_click', 'number'),
        ('PIN_CLICK', 'pin_click', 'number'),
        ('PROFILE_VISIT', 'profile_visit', 'number'),
        ('QUARTILE_95_PERCENT_VIEW', 'quartile_95_percent_view', 'number'),
        ('SAVE', 'save', 'number'),
        ('SAVE_RATE', 'save_rate', 'number'),
        ('USER_FOLLOW', 'user_follow', 'number'),
        ('VIDEO_10S_VIEW', 'video_10s_view', 'number'),
        ('VIDEO_AVG_WATCH_TIME', 'video_avg_watch_time', 'number'),
        ('VIDEO_MRC_VIEW', 'video_mrc_view', 'number'),
        ('VIDEO_START', 'video_start', 'number'),
        ('VIDEO_V50_WATCH_TIME', 'video_v50_watch_time', 'number'),
    ],
) }}
