"""Thirty exports in the shapes in which real products write them, each with its truth.

Each is a function that writes its file into a folder and returns an `Export`. Names and amounts are drawn from planted
groups with a seed; the truth is computed from what was drawn, by way of decimal and datetime, and not from the file.
"""

from . import american, banks, crm, french, german, marketplaces, newsletters, payments, services, shops, spreadsheets
from . import tables as parquet

EXPORTS = {
    write.__name__: write
    for write in (
        crm.hubspot,
        crm.salesforce,
        crm.pipedrive_cut,
        shops.shopify,
        shops.woocommerce,
        shops.magento,
        marketplaces.amazon,
        marketplaces.etsy,
        marketplaces.cdnow,
        payments.stripe,
        payments.paypal,
        payments.netsuite_ambiguous,
        banks.bank_customers,
        banks.bank_payments,
        newsletters.mailchimp,
        newsletters.cleverreach,
        german.sap,
        german.datev,
        german.lexware,
        french.sage,
        french.cegid,
        american.quickbooks,
        spreadsheets.excel_german,
        spreadsheets.excel_swiss,
        spreadsheets.workbook,
        parquet.pandas,
        parquet.spark,
        services.saas,
        services.telco,
        services.loyalty,
    )
}
