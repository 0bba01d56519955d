{{ config(materialized='incremental', unique_key='user_id', order_by='user_id') }}

{{ only_changes(ref('stg_users'), key=['user_id'], columns=['name', 'email']) }}
