-- Twenty years of days: metrics over time have a row for days without orders as well.
{{ days(7305) }}
