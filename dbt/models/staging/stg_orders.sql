select
    id as order_id,
    user_id,
    status,
    total,
    placed_at,
    {{ utc_date('placed_at') }} as placed_on,
    shipped_on,
    {{ row_version() }} as row_version
from {{ current_rows(source('app', 'orders')) }}
