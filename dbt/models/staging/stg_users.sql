select
    id as user_id,
    name,
    email,
    {{ row_version() }} as row_version
from {{ current_rows(source('app', 'users')) }}
