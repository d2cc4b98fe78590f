"""The enterprise's desk beside the form itself: files, answers, shipments."""

from django.urls import path

from apps.web.enterprise import attachments, correction, shipments, supplements

urlpatterns = [
    path("applications/<int:pk>/files/", attachments.files, name="files"),
    path("applications/<int:pk>/correction/", correction.correction, name="correction"),
    path("applications/<int:pk>/supplements/", supplements.supplements, name="supplements"),
    path("applications/<int:pk>/shipments/", shipments.shipments, name="shipments"),
]
