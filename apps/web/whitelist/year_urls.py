"""What happens to a list during its year: adjustments and suspensions."""

from django.urls import path

from apps.web.whitelist import adjusting, entry_ledger, operators, suspending

urlpatterns = [
    path("entries/<int:pk>/", entry_ledger.entry_ledger, name="entry_ledger"),
    path("entries/<int:pk>/adjust/", adjusting.propose, name="propose_adjustment"),
    path("adjustments/", adjusting.adjustments, name="adjustments"),
    path("adjustments/<int:pk>/", adjusting.adjustment, name="adjustment"),
    path("suspensions/", suspending.suspensions, name="suspensions"),
    path("suspensions/new/", suspending.suspend_listed, name="suspend_listed"),
    path("suspensions/<int:pk>/lift/", suspending.lift_suspension, name="lift_suspension"),
    path("operators/", operators.listed_operators, name="listed_operators"),
    path("permits/<int:pk>/status/", operators.permit_status, name="permit_status"),
]
