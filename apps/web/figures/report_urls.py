"""Reports and what a list said on a past day."""

from django.urls import path

from apps.web.figures import annex, history, reports

urlpatterns = [
    path("exchange/", reports.exchange_report, name="exchange_report"),
    path("exchange.xlsx", reports.exchange_sheet, name="exchange_sheet"),
    path("exchange.pdf", reports.exchange_pdf, name="exchange_pdf"),
    path("annex/<int:pk>/", annex.list_annex, name="list_annex"),
    path("annex/<int:pk>.pdf", annex.list_annex_pdf, name="list_annex_pdf"),
    path("history/", history.list_history, name="list_history"),
]
