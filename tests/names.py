"""Names of columns, segments and words that would break a page, or run in it."""

RUN = '</script><img src=x onerror="window.ran = 1"><script>window.ran = 1</script>'
HOSTILE = [
    RUN, "$\\bad$", "売上高", "x" * 300, "الطلبات 24", "הזמנות", "_hidden", 'it\'s "so"', "datum.k", "{{ 7 * 7 }}",
    "turned \u202e round", "הזמנות \u2069 12",
]  # fmt: skip
