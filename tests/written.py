"""Columns of text as people write numbers and dates, and what they mean."""

NAME = 'Umsatz "€" in \'24'
MINUS, NO_BREAK, NARROW = "\u2212", "\u00a0", "\u202f"

# What a column holds, and the numbers that it means; dates are the days to the latest of them.
WRITTEN = {
    "English marks": (["1,234.56", "100,000.00", "7"], [1234.56, 100000.0, 7.0]),
    "German marks": (["1.234,56", "1.000.000", "7,5"], [1234.56, 1e6, 7.5]),
    "blanks": ([f"{MINUS}1{NO_BREAK}000{NO_BREAK}000,00", "1 234,5", f"4{NARROW}848"], [-1e6, 1234.5, 4848.0]),
    "blanks around": (["\t1,5 ", f" 2,5{NO_BREAK}", "3"], [1.5, 2.5, 3.0]),
    "apostrophes": (["1'234.56", "1’000"], [1234.56, 1000.0]),
    "a decimal comma": (["9,569", "1,5"], [9.569, 1.5]),
    "a comma below one": (["9,569", "0,125"], [9.569, 0.125]),
    "millions": (["9,569", "1,000,000"], [9569.0, 1e6]),
    "Indian groups": (["12,34,567.5"], [1234567.5]),
    "euros": (["1.234,56 €", "12,00 EUR", f"3,-{NO_BREAK}€"], [1234.56, 12.0, 3.0]),
    "dollars": (["$1,234.50", "-$5.00", "US$ 7.25", "$ (8.00)"], [1234.5, -5.0, 7.25, -8.0]),
    "francs": (["Fr. 1'234.50", "CHF 5.25"], [1234.5, 5.25]),
    "a sign behind": (["1.234,50-", "5,25", "- 2,00"], [-1234.5, 5.25, -2.0]),
    "brackets": (["(1,234.00)", "5.5"], [-1234.0, 5.5]),
    "percent": (["22,35 %", "5%"], [0.2235, 0.05]),
    "one unit": (["12 kg", "1.5 kg"], [12.0, 1.5]),
    "kept as text": (["1.5", "2", "1e3"], [1.5, 2.0, 1000.0]),
    "missing": (["1,5", "NA", "n/a", "-", "", None, "?", " "], [1.5, *[None] * 7]),
    "a slip": (["1", "2", "3", "abc"], [1.0, 2.0, 3.0, None]),
    "yes and no": (["ja", "Nein", "JA", None], [1, 0, 1, None]),
    "true and false": (["true", "FALSE", "n/a"], [1, 0, None]),
    "y and n": (["y", "n"], [1, 0]),
    "day first": (["31.12.2024", "1.2.2025"], [32, 0]),
    "day first, with hours": (["31.12.2024 23:59", "01.02.2025 07:00", "-"], [32, 0, None]),
    "month first": (["06/26/2025", "11/01/2025"], [128, 0]),
    "afternoons": (["2018-04-24 07:19:25 PM", "2018-04-26 12:19:25 AM"], [2, 0]),
    "ISO": (["2024-12-31", "2025-02-01T10:00:00"], [32, 0]),
    "time zones": (["2024-12-31T23:30:00-05:00", "2025-02-01T10:00:00Z"], [31, 0]),
    "month names": (["12 Mar 2025", "1 May 2025"], [50, 0]),
}
