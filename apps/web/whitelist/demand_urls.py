"""Demand: what enterprises declare, and the board that sets it against capacity."""

from django.urls import path

from apps.web.whitelist import board, demand

urlpatterns = [
    path("", demand.demand, name="demand"),
    path("lookup/", demand.demand_lookup, name="demand_lookup"),
    path("board/", board.demand_board, name="demand_board"),
]
