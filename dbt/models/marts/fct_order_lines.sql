{{ config(materialized='incremental', unique_key=['order_id', 'line'], order_by=['order_id', 'line']) }}

{{ only_changes(
    ref('stg_order_items'),
    key=['order_id', 'line'],
    columns=['product_id', 'quantity', 'price', 'amount']
) }}
